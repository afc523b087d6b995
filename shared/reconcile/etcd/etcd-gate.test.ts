// What the plan does with a member that must not start, told by printed plans.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdEvidence, EtcdMemberSeen, ObservedContainer, ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { allAreMembers, settledState } from "#shared/simulate/settled-state.ts";

const now = Date.UTC(2026, 0, 1);

function etcd(change: Parameters<typeof etcdMember>[0] = {}): DesiredState {
  return expand(hostConfig({ etcd: etcdMember(change), secrets: etcdSecrets() }));
}

const before = etcd();

function rule({ containers }: DesiredState) {
  const found = containers[0]?.etcd;
  assert.ok(found);
  return found;
}

/** What the members of `before` say, changed. */
function said(change: Partial<EtcdEvidence>, list?: readonly EtcdMemberSeen[]): ObservedState["etcd"] {
  const all = allAreMembers(rule(before));
  const own = list ?? all.self ?? [];
  return new Map([
    ["etcd-h1", { ...all, self: own, peers: new Map([...all.peers.keys()].map((n) => [n, own])), ...change }],
  ]);
}

function plan(desired: DesiredState, change: Partial<ObservedState>, current: Partial<ObservedContainer> = {}): string {
  const settled = settledState(before, now);
  const containers = settled.containers.map((container) => ({ ...container, ...current }));
  const images = new Map(desired.containers.map(({ spec }) => [spec.image, true]));
  return printPlan(reconcile({ desired, fallback: before }, { ...settled, containers, images, ...change }));
}

const others = (allAreMembers(rule(before)).self ?? []).filter(({ name }) => name !== "h1");
const down = { health: new Map([["etcd-h1", false]]), working: new Set<string>() };
const takenOut =
  "! etcd-h1: etcd does not list this member any more: it was taken out for good and must not start with its data in /var/lib/etcd. Take it out of the cluster config, or move the data away and add the member anew (etcdctl member add) (waiting)\n";

test("a member that was taken out of etcd and is started again and again by Docker is stopped and told", () => {
  const looping = { state: "restarting", exitCode: 0, restartCount: 7 } as const;

  assert.equal(
    plan(before, { ...down, etcd: said({}, others) }, looping),
    `stop etcd-h1 within 30s (it must not run)\n${takenOut}`,
  );
});

test("a member that was taken out of etcd is not started, and its data stays", () => {
  const exited = { state: "exited", exitCode: 0 } as const;

  assert.equal(plan(before, { ...down, etcd: said({}, others) }, exited), takenOut);
});

test("a member that does not work is left running while etcd lists it, and while nobody tells", () => {
  const unhealthy = "! etcd-h1: it runs but its probe does not hold (unhealthy)\n";
  const silent: EtcdEvidence = { peers: new Map(), healthy: [] };

  assert.equal(plan(before, { ...down, etcd: said({}) }), unhealthy);
  assert.equal(plan(before, { ...down, etcd: new Map([["etcd-h1", silent]]) }), unhealthy);
  assert.equal(plan(before, { ...down, etcd: new Map() }), unhealthy);
});

test("a member that works is never stopped by lists that lack it", () => {
  assert.equal(plan(before, { etcd: said({}, others) }), "nothing to do\n");
});

test("a member is not replaced at an address that etcd does not have for it, and is once etcd knows", () => {
  const moved = etcd({ address: "10.77.0.99", members: { ...etcdMember().members, h1: { address: "10.77.0.99" } } });
  const updated = [...others, { name: "h1", peerUrls: ["https://10.77.0.99:2380"], clientUrls: [] }];

  assert.equal(
    plan(moved, { etcd: said({}) }),
    "! etcd-h1: etcd knows h1 at https://10.77.0.11:2380, not at https://10.77.0.99:2380: set its address and ports back, or tell etcd first (etcdctl member update --peer-urls) (waiting)\n",
  );
  assert.match(plan(moved, { etcd: said({}, updated) }), /^rename etcd-h1 to etcd-h1.old/);
});

test("a member goes up one minor version from the cluster's, and never back", () => {
  const at = (image: string, clusterVersion: string): string =>
    plan(etcd({ image }), { etcd: said({ clusterVersion }) });

  assert.match(at("etcd:3.7.1", "3.5"), /members are at 3.5, from which it does not go to 3.7 at once/);
  assert.match(at("etcd:3.5.35", "3.6"), /members are at 3.6 and do not go back to 3.5/);
  for (const [image, version] of [
    ["etcd:3.7.1", "3.6"],
    ["etcd:3.6.17", "3.6"],
    ["etcd@sha256:abc", "3.6"],
  ] as const)
    assert.match(at(image, version), /^rename etcd-h1 to etcd-h1.old/, image);
});

test("a member of the config alone that etcd does not count alone stops only with the others' answer", () => {
  const alone = { members: { h1: { address: "10.77.0.11" } } };
  const changed = etcd({ ...alone, extraArgs: ["--heartbeat-interval=150"] });
  const three = [...others, { name: "h1", peerUrls: ["https://10.77.0.11:2380"], clientUrls: [] }];

  assert.equal(
    plan(changed, { etcd: said({ healthy: ["h2"] }, three) }),
    "! etcd-h1: this member stops only while all others answer; etcd counts h3, which does not answer (waiting)\n",
  );
  assert.match(plan(changed, { etcd: said({ healthy: ["h2", "h3"] }, three) }), /^rename etcd-h1/);
});

test("a container that was made to join other members than etcd has by now is made anew", () => {
  const added = { name: "", peerUrls: ["https://10.77.0.11:2380"], clientUrls: [] };
  const [h2] = others;
  assert.ok(h2);
  const empty = new Map(settledState(before, now).paths);
  empty.delete("/var/lib/etcd/member/wal");
  const seen = { ...down, paths: empty, etcd: said({ self: undefined }, [h2, added]) };

  const text = plan(before, seen, { state: "exited", exitCode: 1, start: "existing" });

  assert.match(text, /^remove etcd-h1 .*start arguments do not fit/);
});

describe("data of a member that etcd has added and that has not worked yet", () => {
  const added = { name: "", peerUrls: ["https://10.77.0.11:2380"], clientUrls: [], isLearner: true };
  const members = { ...etcdMember().members, h1: { address: "10.77.0.11", incarnation: 2 } };
  const membership = { generation: 2 };
  const replaced = etcd({ members, membership });
  const [wished] = replaced.containers;
  assert.ok(wished);
  const former = { ...settledState(before, now).containers[0], name: "etcd-h1.old", id: "former" };
  const cut = (wal: string, change: Partial<ObservedContainer>): Partial<ObservedState> => {
    const settled = settledState(before, now);
    const directory = { type: "directory", mode: 0o700, uid: 65534, gid: 65534 } as const;
    return {
      ...down,
      etcd: said({ self: undefined }, [...others, added]),
      paths: new Map([...settled.paths, [wal, { ...directory, entries: ["0-0.wal"] }]]),
      containers: settled.containers.flatMap((container) => [
        { ...container, ...former, state: "exited", exitCode: 0 },
        { ...container, state: "exited", specHash: wished.specHash, exitCode: 137, start: "existing", ...change },
      ]),
    };
  };
  const own = "/var/lib/etcd/h1.2/member/wal";

  test("is its own, whatever the one before has proven, and how that has ended", () => {
    for (const exitCode of [137, 0]) {
      const text = plan(replaced, cut(own, { exitCode }));
      assert.match(text, /^start etcd-h1 /m, `${exitCode}`);
      assert.doesNotMatch(text, /move it away/);
    }
  });

  test("is the one's before when that has worked with it and ended by itself, also with another wish by now", () => {
    const wal = "/var/lib/etcd/member/wal";
    const { specHash } = before.containers[0] ?? assert.fail();
    const same = cut(wal, { specHash, exitCode: 0 });
    for (const desired of [before, etcd({ extraArgs: ["--heartbeat-interval=150"] })])
      assert.match(
        plan(desired, same),
        /etcd has added this member anew, but \/var\/lib\/etcd holds the data of the one/,
      );
  });
});
