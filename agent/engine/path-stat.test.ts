// The header that describes a path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathStatOf } from "./path-stat.ts";

function statOf(mode: number) {
  const stat = { name: "x", size: 5, mode, mtime: "2026-01-02T03:04:05.5Z", linkTarget: "" };
  return pathStatOf(Buffer.from(JSON.stringify(stat)).toString("base64"));
}

test("Go's mode bits become types", () => {
  assert.equal(statOf(0o644).type, "file");
  assert.equal(statOf(0x80000000 + 0o755).type, "directory");
  assert.equal(statOf(0x8000000 + 0o777).type, "symlink");
  for (const bit of [0x4000000, 0x2000000, 0x1000000, 0x4200000, 0x80000])
    assert.equal(statOf(bit + 0o600).type, "other");
});

test("setuid, setgid and sticky bits come to where Unix has them", () => {
  assert.equal(statOf(0x800000 + 0o755).mode, 0o4755);
  assert.equal(statOf(0x80000000 + 0x400000 + 0o750).mode, 0o2750);
  assert.equal(statOf(0x80000000 + 0x100000 + 0o777).mode, 0o1777);
});

test("a header that is missing is not understood", () => {
  assert.throws(() => pathStatOf(undefined), { code: "ENGINE_UNSUPPORTED" });
});
