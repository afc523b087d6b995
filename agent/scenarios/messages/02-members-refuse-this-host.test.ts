// The machine of h1 was given the config of h2, whose certificate is for another address: who refuses it, why, and what to look at.
import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdStartRule } from "#shared/expand/testing/etcd-start-rule-builder.ts";
import { decideEtcdStart } from "#shared/reconcile/etcd/etcd-start.ts";

const refusal = {
  certificate: "ours",
  why: "wrong-name",
  for: "10.77.0.12",
  wanted: "10.77.0.19",
  self: "h2",
} as const;
const silent = {
  peers: new Map([
    ["h1", undefined],
    ["h3", undefined],
  ]),
  healthy: [],
};

test("why an etcd member does not start", () => {
  const peers = etcdStartRule().peers.map((peer) => (peer.name === "h2" ? { ...peer, name: "h1" } : peer));
  const rule = etcdStartRule({ bootstrap: false, name: "h2", peers });

  assert.deepEqual(
    decideEtcdStart(
      rule,
      { isPresent: false },
      {
        ...silent,
        refusals: new Map([
          ["h1", refusal],
          ["h3", refusal],
        ]),
      },
    ),
    {
      wait: "the data directory is empty, and h1, h3 refuse this host's certificate, which is for 10.77.0.12; this host has 10.77.0.19. Is this h2's machine?",
    },
  );
});
