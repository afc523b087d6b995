// What `reset --data` may never take with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommitArgument } from "./commit-arguments.ts";
import { isDataDirectory } from "./data-directory.ts";

test("a component's data directory may go as a whole, the system's own may not", () => {
  for (const path of ["/var/lib/etcd", "/srv/data", "/var/lib/etcd/h1"]) assert.ok(isDataDirectory(path), path);
  for (const path of ["/", "/var", "/var/lib", "/etc/kubernetes", "/usr/lib/x", "/proc/1", "/var/lib/docker"])
    assert.ok(!isDataDirectory(path), path);
});

test("the commit command refuses to remove data elsewhere", () => {
  assert.deepEqual(parseCommitArgument("remove-data:/var/lib/etcd"), { action: "remove-data", path: "/var/lib/etcd" });
  assert.equal(parseCommitArgument("remove-data:/var/lib"), undefined);
  assert.equal(parseCommitArgument("remove-data:/var/lib/../lib"), undefined);
});
