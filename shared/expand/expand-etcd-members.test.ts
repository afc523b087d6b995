// What a host knows of the members that it brings etcd to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "./expand.ts";
import { etcdMember, etcdSecrets } from "./testing/etcd-member-builder.ts";
import { hostConfig } from "./testing/host-config-builder.ts";

function ruleOf(change: Parameters<typeof etcdMember>[0]) {
  return expand(hostConfig({ etcd: etcdMember(change), secrets: etcdSecrets() })).etcdMembers;
}

test("without the word nobody changes members", () => {
  assert.equal(ruleOf({}), undefined);
});

test("the wish has all members by the names that etcd knows, and others are asked before this host's own", () => {
  const members = { h1: { address: "10.77.0.11", incarnation: 2 }, h2: { address: "10.77.0.12" } };
  const rule = ruleOf({ members, membership: { generation: 4 } });

  assert.deepEqual(
    { self: rule?.self, container: rule?.container, endpoints: rule?.endpoints, generation: rule?.wish.generation },
    {
      self: "h1.2",
      container: "etcd-h1",
      endpoints: ["https://10.77.0.12:2379", "https://10.77.0.11:2379"],
      generation: 4,
    },
  );
  assert.deepEqual(rule?.wish.members, [
    { name: "h1.2", peerUrl: "https://10.77.0.11:2380" },
    { name: "h2", peerUrl: "https://10.77.0.12:2380" },
  ]);
});

test("names, places and the token have a digest, whatever their order; ports of clients have not", () => {
  const membership = { generation: 4 };
  const [h1, h2] = [{ address: "10.77.0.11" }, { address: "10.77.0.12" }];
  const digest = (change: Parameters<typeof etcdMember>[0]) => ruleOf({ membership, ...change })?.wish.digest;
  const usual = digest({ members: { h1, h2 } });

  assert.equal(digest({ members: { h2, h1 } }), usual);
  assert.equal(digest({ members: { h1, h2: { ...h2, clientPort: 12379 } } }), usual);
  for (const other of [
    { members: { h1, h2: { ...h2, incarnation: 2 } } },
    { members: { h1, h2: { ...h2, peerPort: 12380 } } },
    { members: { h1 } },
    { members: { h1, h2 }, token: "other" },
  ])
    assert.notEqual(digest(other), usual);
});
