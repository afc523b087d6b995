import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdVersionOf, tagOf, unsupportedEtcd } from "./etcd-version.ts";

test("the tag of a reference is found beside ports and digests", () => {
  assert.equal(tagOf("quay.io/coreos/etcd:v3.6.16"), "v3.6.16");
  assert.equal(tagOf("registry:5000/etcd"), undefined);
  assert.equal(tagOf("registry:5000/etcd:3.6.1@sha256:abc"), "3.6.1");
  assert.equal(tagOf("etcd@sha256:abc"), undefined);
});

test("versions are read from the tags people use", () => {
  assert.deepEqual(etcdVersionOf("v3.6.16"), { major: 3, minor: 6, patch: 16 });
  assert.deepEqual(etcdVersionOf("3.5.21-0"), { major: 3, minor: 5, patch: 21 });
  assert.equal(etcdVersionOf("latest"), undefined);
  assert.equal(etcdVersionOf("3.6"), undefined);
});

test("3.5.11 to 3.7 can be run", () => {
  const isSupported = (text: string) => {
    const version = etcdVersionOf(text);
    return version !== undefined && unsupportedEtcd(version) === undefined;
  };

  assert.deepEqual(["3.4.29", "3.5.10", "3.5.11", "3.6.0", "3.7.99", "3.8.0", "4.0.0"].map(isSupported), [
    false,
    false,
    true,
    true,
    true,
    false,
    false,
  ]);
});
