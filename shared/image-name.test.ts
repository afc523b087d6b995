import assert from "node:assert/strict";
import { test } from "node:test";
import { imageName, sameReference } from "./image-name.ts";

const digest = `sha256:${"ab".repeat(32)}`;

test("a reference is spelled out as Docker does", () => {
  const rows = [
    ["haproxy", "docker.io", "library/haproxy", undefined, undefined],
    ["docker.io/haproxy:3.2", "docker.io", "library/haproxy", "3.2", undefined],
    ["me/tool:1", "docker.io", "me/tool", "1", undefined],
    ["localhost/tool", "localhost", "tool", undefined, undefined],
    ["127.0.0.1:5000/a/b:1", "127.0.0.1:5000", "a/b", "1", undefined],
    [`quay.io/coreos/etcd:v3.6.16@${digest}`, "quay.io", "coreos/etcd", "v3.6.16", digest],
    [`quay.io/coreos/etcd@${digest}`, "quay.io", "coreos/etcd", undefined, digest],
  ] as const;
  for (const [reference, registry, repository, tag, own] of rows)
    assert.deepEqual(imageName(reference), { registry, repository, tag, digest: own }, reference);
});

test("short and long spellings are one name; a tag, a digest and a registry tell apart", () => {
  assert.ok(sameReference("nginx", "docker.io/library/nginx:latest"));
  assert.ok(sameReference(`nginx:1@${digest}`, `docker.io/nginx:1@${digest}`));
  assert.ok(!sameReference("nginx:1", "nginx:2"));
  assert.ok(!sameReference(`nginx@${digest}`, "nginx"));
  assert.ok(!sameReference("nginx", "quay.io/nginx"));
});
