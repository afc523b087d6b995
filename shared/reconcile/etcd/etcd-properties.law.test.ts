// The law of etcd's quorum on random lists, health, learners, ages of lists and wishes.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { expand } from "#shared/expand/expand.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/state/observed.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { nobodyHolds, settledState } from "#shared/simulate/settled-state.ts";

const now = Date.UTC(2026, 0, 1);
const names = ["h1", "h2", "h3", "h4", "h5"] as const;

/** A host config of h1 with these others, and an argument that makes another container. */
function wish(others: readonly string[], argument: string, locked: boolean): DesiredState {
  const members = Object.fromEntries(["h1", ...others].map((name) => [name, { address: `10.77.0.1${name.slice(1)}` }]));
  const isShared = locked && others.length > 0;
  return expand(
    hostConfig({
      etcd: etcdMember({ members, extraArgs: [argument] }),
      ...(isShared ? { disruption: { etcd: { endpoints: members } } } : {}),
      secrets: etcdSecrets(),
    }),
  );
}

function seen(name: string, isLearner: boolean): EtcdMemberSeen {
  const address = `https://10.77.0.1${name.slice(1)}`;
  return { name, peerUrls: [`${address}:2380`], clientUrls: [`${address}:2379`], ...(isLearner ? { isLearner } : {}) };
}

const others: readonly string[] = names.slice(1);
const world = fc.record({
  counted: fc.subarray([...others]),
  learners: fc.subarray<string>([...names]),
  healthy: fc.subarray([...others]),
  /** Peers whose list is this one; the others' are silent. */
  telling: fc.subarray([...others]),
  ownTells: fc.boolean(),
  foreign: fc.subarray([...others]),
  before: fc.subarray([...others]),
  after: fc.option(fc.subarray([...others])),
  locked: fc.boolean(),
});

test("no plan stops a member that votes unless the others have a quorum by etcd's list, and answer", () => {
  let stops = 0;
  let waits = 0;
  fc.assert(
    fc.property(world, ({ counted, learners, healthy, telling, ownTells, foreign, before, after, locked }) => {
      const old = wish(before, "--heartbeat-interval=100", locked);
      const desired =
        after === null ? expand(hostConfig({ containers: {} })) : wish(after, "--heartbeat-interval=150", locked);
      const list = ["h1", ...counted].map((name) => seen(name, learners.includes(name)));
      // whoever the configs know can be asked, and what is listed too
      const known = new Set([...before, ...(after ?? []), ...counted]);
      const evidence: EtcdEvidence = {
        peers: new Map(telling.map((name) => [name, foreign.includes(name) ? [seen(name, false)] : list])),
        healthy: healthy.filter((name) => known.has(name)),
        ...(ownTells ? { self: list } : {}),
        clusterIds: new Map([
          ...(ownTells ? ([["h1", "ours"]] as const) : []),
          ...telling.map((name) => [name, foreign.includes(name) ? "theirs" : "ours"] as const),
        ]),
      };
      const observed = {
        ...settledState(old, now),
        disruption: nobodyHolds(old, desired),
        etcd: new Map([["etcd-h1", evidence]]),
        images: new Map([["etcd:3.6.16", true]]),
      };

      const plan = reconcile({ desired, fallback: old }, observed);
      if (!plan.steps.some((step) => step.kind === "stopContainer")) {
        waits += 1;
        assert.ok(plan.blocked.length > 0, "it changes, or says why not");
        return;
      }

      stops += 1;
      const peers = after ?? before;
      const voters = list.filter(({ isLearner }) => isLearner !== true).map(({ name }) => name);
      const isTold = ownTells || peers.some((name) => telling.includes(name) && !foreign.includes(name));
      // nobody but itself could know of others
      if (!isTold) return assert.deepEqual(peers, []);
      if (list.length === 1) return;
      const answering = voters.filter((name) => name !== "h1" && healthy.includes(name));
      assert.deepEqual(
        answering,
        voters.filter((name) => name !== "h1"),
        "all voters answer",
      );
      for (const name of answering)
        if (ownTells && telling.includes(name) && peers.includes(name)) assert.ok(!foreign.includes(name));
      const isSmallWish = after !== null && voters.length <= 2 && voters.join() === ["h1", ...after].join();
      if (!isSmallWish) assert.ok(answering.length >= Math.floor(voters.length / 2) + 1, "the others have a quorum");
    }),
    { numRuns: 3000, seed: 9 },
  );
  assert.ok(stops > 30 && waits > 300, `both happen: ${stops} stops, ${waits} waits`);
});
