// A member is added to etcd only when its host could start it: what its plan would say if it had been added.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdEvidence, ObservedState } from "#shared/state/observed.ts";
import { allAreMembers, emptyState } from "#shared/simulate/settled-state.ts";
import { printPlan } from "./print.ts";
import { reconcile } from "./reconcile.ts";
import { startObstacle } from "./start-obstacle.ts";

const image = "etcd:3.6.16";

/** h1 begins anew while h2 and h3 are etcd's members. */
function newcomer(change: Parameters<typeof etcdMember>[0] = {}): DesiredState {
  const member = etcdMember({ membership: { generation: 2 }, bootstrap: false, ...change });
  return expand(hostConfig({ etcd: member, secrets: etcdSecrets() }));
}

function ruleOf({ containers }: DesiredState) {
  const [found] = containers;
  assert.ok(found?.etcd);
  return found.etcd;
}

/** What the others say: they do not list h1. */
function unlisted(desired: DesiredState, change: Partial<EtcdEvidence> = {}): ObservedState["etcd"] {
  const all = allAreMembers(ruleOf(desired));
  const others = (all.self ?? []).filter(({ name }) => name !== "h1");
  const peers = new Map([...all.peers.keys()].map((name) => [name, others] as const));
  return new Map([["etcd-h1", { ...all, self: undefined, peers, clusterVersion: "3.6", ...change }]]);
}

function seen(desired: DesiredState, change: Partial<ObservedState> = {}): ObservedState {
  return { ...emptyState(0), images: new Map([[image, true]]), etcd: unlisted(desired), ...change };
}

function obstacle(change: Partial<ObservedState> = {}, desired = newcomer()): string | undefined {
  return startObstacle({ desired, fallback: undefined, observed: seen(desired, change) });
}

test("nothing is in the way on a host with the image and room for the data", () => {
  assert.equal(obstacle(), undefined);
});

test("an image that is not there is, and it is fetched while the member waits to be added", () => {
  const images = new Map([[image, false]]);
  assert.equal(obstacle({ images }), `image ${image} is not here`);
  const unknown = new Map([[image, { unknown: "timed out" }]]);
  assert.equal(obstacle({ images: unknown }), `image ${image} cannot be looked at: timed out`);

  const desired = newcomer();
  const plan = printPlan(reconcile({ desired, fallback: undefined }, seen(desired, { images })));
  assert.equal(
    plan,
    `fetch image ${image} (not there)\n! etcd-h1: the other members do not list this member yet: this host adds it when its turn comes (waiting)\n`,
  );
});

test("data of a former member is, which would end the new one at once", () => {
  const wal = { type: "directory", mode: 0o700, uid: 0, gid: 0, entries: ["0.wal"] } as const;
  assert.match(
    obstacle({ paths: new Map([["/var/lib/etcd/member/wal", wal]]) }) ?? "",
    /^\/var\/lib\/etcd holds a member's data already; .* split --replace-member h1$/,
  );
});

test("a file of somebody else in the place of one of its own, and its name in other hands, are", () => {
  const [container] = newcomer().containers;
  const directory = container?.dataDirectories[0]?.path ?? "";
  const file = { type: "file", mode: 0o644, uid: 0, gid: 0, digest: "", changedAt: 0 } as const;
  assert.match(obstacle({ paths: new Map([[directory, file]]) }) ?? "", new RegExp(directory));
  const foreign = { id: "f", name: "etcd-h1", labelsOf: undefined } as const;
  assert.match(obstacle({ foreign: [foreign] }) ?? "", /^the name etcd-h1 is held by a container that is not ours/);
});

test("a minor version that etcd's members are not ready for is, and peers of two clusters are", () => {
  const desired = newcomer();
  const old = unlisted(desired, { clusterVersion: "3.4" });
  assert.match(obstacle({ etcd: old }) ?? "", /^etcd's members are at 3.4, from which it does not go to 3.6/);
  const clusterIds = new Map([
    ["h2", "a"],
    ["h3", "b"],
  ]);
  assert.match(obstacle({ etcd: unlisted(desired, { clusterIds }) }) ?? "", /^the data directory is empty, and /);
});

test("where members do not change by themselves, nothing is asked", () => {
  assert.equal(obstacle({ images: new Map() }, newcomer({ membership: undefined })), undefined);
});
