// Names of a restore, and the id of its cluster as etcd computes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdClusterId, restoredToken, restoreId } from "./restore-id.ts";

const restore = { number: 2, sha256: `0f3a5b7c9d11${"0".repeat(52)}` };

test("a restore is called by its number and its snapshot, and so is the token", () => {
  assert.equal(restoreId(restore), "r2-0f3a5b7c9d11");
  assert.equal(restoredToken("demo", restore), "demo-r2-0f3a5b7c9d11");
});

test("the cluster's id is the one that etcd computes, whatever the order of the members", () => {
  // what an etcd without flags says of itself
  assert.equal(etcdClusterId("etcd-cluster", ["http://localhost:2380"]), "cdf818194e3a8c32");
  const urls = [1, 2, 3].map((host) => `https://10.77.0.1${host}:2380`);
  assert.equal(etcdClusterId("demo", urls), etcdClusterId("demo", urls.toReversed()));
  assert.notEqual(etcdClusterId("demo", urls), etcdClusterId("demo-r1-0f3a5b7c9d11", urls));
  assert.notEqual(etcdClusterId("demo", urls), etcdClusterId("demo", urls.slice(1)));
});
