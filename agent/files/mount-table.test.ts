import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMountTable } from "./mount-table.ts";

const table = parseMountTable(
  [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "30 22 8:1 /var/data /srv/data rw - ext4 /dev/sda1 rw",
    "31 22 0:50 / /mnt/hung rw,relatime shared:5 master:2 - fuse hung rw,user_id=0",
    "32 22 0:51 / /mnt/two\\040words rw - nfs4 server:/x\\134y rw",
    "33 22 0:52 / /mnt/hung rw - tmpfs tmpfs rw",
    "34 30 8:1 /var/gone//deleted /srv/data/in rw - ext4 /dev/sda1 rw",
    "nonsense",
    "",
  ].join("\n"),
);

test("a path lies on the mount above it, whose name is a whole part of it", () => {
  assert.equal(table.at("/etc/app")?.id, "22");
  assert.equal(table.at("/srv/data/a/b")?.id, "30");
  assert.equal(table.at("/srv/database")?.id, "22");
  assert.deepEqual(table.at("/mnt/two words/a"), {
    id: "32",
    device: "0:51",
    root: "/",
    point: "/mnt/two words",
    type: "nfs4",
  });
});

test("of two mounts at one place the last is seen", () => {
  assert.equal(table.at("/mnt/hung/a")?.type, "tmpfs");
});

test("a mount is found at its own place alone, with the directory that it has", () => {
  assert.equal(table.point("/srv/data/in")?.root, "/var/gone//deleted");
  assert.equal(table.point("/srv/data/in/a"), undefined);
});
