// A cluster that begins anew from a snapshot, told by printed plans of one member's host.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { restoredClusterId } from "#shared/expand/components/etcd.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { kubeApiserver, kubernetesSecrets } from "#shared/expand/testing/kubernetes-builder.ts";
import { restoredToken, restoreId, restoreNames } from "#shared/backup/restore-id.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type {
  EtcdEvidence,
  EtcdMemberSeen,
  ObservedPath,
  ObservedState,
  SnapshotSeen,
} from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { nobodyHolds, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";

const now = Date.UTC(2026, 0, 1);
const sha256 = "0f3a5b7c9d11".padEnd(64, "0");
const restore = { number: 2, sha256 };
const id = restoreId(restore);
const members = { h1: { address: "10.77.0.11" }, h2: { address: "10.77.0.12" }, h3: { address: "10.77.0.13" } };
const clusterId = restoredClusterId(
  restoredToken("demo", restore),
  Object.values(members).map(({ address }) => ({ address, peerPort: 2380 })),
);
type Etcd = NonNullable<Parameters<typeof etcdMember>[0]>;

function wish(change: Etcd = {}, withServer = false): DesiredState {
  const token = restoredToken("demo", restore);
  const identity = { ...restore, clusterId };
  return expand(
    hostConfig({
      etcd: etcdMember({ members, token, restore: identity, ...change }),
      ...(withServer ? { kubeApiserver: kubeApiserver({ etcdRestore: identity }) } : {}),
      secrets: withServer ? { ...kubernetesSecrets(), ...etcdSecrets() } : etcdSecrets(),
    }),
  );
}

const before = expand(hostConfig({ etcd: etcdMember({ members }), secrets: etcdSecrets() }));
const data = "/var/lib/etcd";
const directory = (...entries: readonly string[]): ObservedPath => ({
  type: "directory",
  mode: 0o700,
  uid: 65534,
  gid: 65534,
  entries,
});
const { pending, before: aside, marker } = restoreNames(id);
const former = { [`${data}/member`]: directory("snap", "wal"), [`${data}/member/wal`]: directory("0-0.wal") };
const snapshot: SnapshotSeen = { path: "/var/lib/flexkube/restore/s.db", bytes: 20_512, freeBytes: 1e9 };

function listed(name: string, isStarted: boolean): EtcdMemberSeen {
  const address = `https://10.77.0.1${name.slice(1)}`;
  return { name, peerUrls: [`${address}:2380`], clientUrls: isStarted ? [`${address}:2379`] : [] };
}

/** Peers by name: of the new cluster, which of its members have started there, or of the former one. */
function evidence(
  peers: Readonly<Record<string, readonly string[] | "former">>,
  more: Partial<EtcdEvidence> = {},
): EtcdEvidence {
  const told = Object.entries(peers);
  return {
    peers: new Map(
      told.map(([name, started]) => [
        name,
        Object.keys(members).map((member) => listed(member, started === "former" || started.includes(member))),
      ]),
    ),
    healthy: [],
    clusterIds: new Map(told.map(([name, started]) => [name, started === "former" ? "abc" : clusterId])),
    ...more,
  };
}

type Host = {
  readonly paths?: Readonly<Record<string, ObservedPath>>;
  readonly seen?: EtcdEvidence;
  readonly found?: SnapshotSeen;
  readonly from?: DesiredState;
};

function host({ paths = former, seen = evidence({}), found = snapshot, from = before }: Host = {}): ObservedState {
  const settled = settledState(from, now);
  const missing = ["member", "member/wal", pending, `${pending}/member`, aside].map(
    (name) => [`${data}/${name}`, { type: "missing" }] as const,
  );
  return {
    ...settled,
    paths: new Map([...settled.paths, ...missing, ...Object.entries(paths)]),
    etcd: new Map([["etcd-h1", seen]]),
    etcdSnapshots: new Map([["etcd-h1", found]]),
    disruption: nobodyHolds(from),
  };
}

const plan = (observed: ObservedState, desired = wish()): string =>
  printPlan(reconcile({ desired, fallback: before }, observed));
const blocked = (about: Host, desired = wish()): string => plan(host(about), desired);

const cause = `restore ${id}, cluster ${clusterId}`;

describe("a restore", () => {
  test("stops the member, makes its data from the snapshot, puts the former aside, and starts it", () => {
    assert.equal(
      plan(host()),
      [
        "stop etcd-h1 within 30s (its cluster begins anew from a snapshot)",
        `restore /var/lib/flexkube/restore/s.db for etcd-h1 in ${data}/${pending} (${cause})`,
        `put the restored data of etcd-h1 in place, the former in ${data}/${aside} (${cause})`,
        "start etcd-h1 (not running, exit code 0)",
        "wait until etcd-h1 is healthy, at most 120s (not running, exit code 0)",
        "",
      ].join("\n"),
    );
  });

  test("goes back to an older etcd with the snapshot of then", () => {
    const text = plan(host(), wish({ image: "etcd:3.5.35" }));
    assert.match(
      text,
      /^stop etcd-h1 .*\nrestore .*\nput the restored data .*\nrename etcd-h1 .*\ncreate etcd-h1 from etcd:3.5.35.*start etcd-h1/s,
    );
  });

  test("stops the host's API server first, and lets none start before the new cluster has a leader", () => {
    const desired = wish({}, true);
    const from = expand(
      hostConfig({
        etcd: etcdMember({ members }),
        kubeApiserver: kubeApiserver(),
        secrets: { ...kubernetesSecrets(), ...etcdSecrets() },
      }),
    );
    const observed = host({ from });
    const { steps } = reconcile({ desired, fallback: from }, observed);
    assert.deepEqual(
      steps.map(({ kind, subject, component }) => `${kind} ${subject} ${component}`),
      [
        "updateContainer kube-apiserver etcd",
        "stopContainer kube-apiserver etcd",
        "stopContainer etcd-h1 etcd",
        "restoreData etcd-h1 etcd",
        "swapData etcd-h1 etcd",
        "startContainer etcd-h1 etcd",
        "waitHealthy etcd-h1 etcd",
      ],
    );
    assert.match(plan(observed, desired), /! kube-apiserver: etcd-h1 is to be restored first \(waiting\)/);
    // one that has ended would be started when the host is switched on again
    const ended = observed.containers.map((one) =>
      one.container === "kube-apiserver" ? { ...one, state: "exited" as const, exitCode: 1 } : one,
    );
    assert.deepEqual(
      reconcile({ desired, fallback: from }, { ...observed, containers: ended })
        .steps.slice(0, 2)
        .map(({ kind, subject }) => `${kind} ${subject}`),
      ["updateContainer kube-apiserver", "stopContainer etcd-h1"],
    );
    const after = { ...simulate(observed, steps), etcdLearners: [] };
    const next = (etcdClusters: ObservedState["etcdClusters"]): string => plan({ ...after, etcdClusters }, desired);
    assert.match(next(undefined), /^! kube-apiserver: the restored etcd has not been asked for yet/);
    assert.match(next(new Map()), /^! kube-apiserver: it starts only when .* no member of it has a leader/);
    const mixed = new Map([
      ["https://10.77.0.11:2379", clusterId],
      ["https://10.77.0.12:2379", "abc"],
    ]);
    assert.match(next(mixed), /^! kube-apiserver: .*; https:\/\/10.77.0.12:2379 is of cluster abc/);
    assert.match(next(new Map([["https://10.77.0.11:2379", clusterId]])), /^rename kube-apiserver to .*create kube-/s);
  });

  test("waits for the snapshot, and says its digest and where it was looked for; nothing stops meanwhile", () => {
    assert.equal(
      blocked({ found: { missing: "/backups: 3 files, none with this digest" } }),
      `! etcd-h1: etcd begins anew from restore ${id}, and no file here has its SHA-256 ${sha256}: put the snapshot into /var/lib/flexkube/restore (/backups: 3 files, none with this digest) (waiting)\n`,
    );
    assert.match(
      blocked({ found: { ...snapshot, freeBytes: 5 } }),
      /^! etcd-h1: the file system of the data has 5 bytes left, and the restore needs 67129376: make room \(waiting\)\n$/,
    );
    // what a killed try has left goes first, and is room
    const left = { ...former, [`${data}/${pending}`]: directory("member") };
    assert.match(plan(host({ paths: left, found: { ...snapshot, freeBytes: 5 } })), /^stop etcd-h1.*\nrestore /);
    const { etcdSnapshots: _unasked, ...unasked } = host();
    assert.equal(plan(unasked), "! etcd-h1: the snapshot has not been looked for yet (waiting)\n");
    assert.match(plan({ ...host(), etcd: new Map() }), /nobody has been asked yet \(waiting\)\n$/);
  });

  test("waits while a member that was said to be lost answers, and for healthy ones that no host config has", () => {
    assert.match(
      blocked({ seen: evidence({}, { lostThere: ["h4"] }) }),
      /^! etcd-h1: h4, said to be lost, answers: .* stop it \(waiting\)\n$/,
    );
    const self = [...Object.keys(members), "h4", "h5"].map((name) => listed(name, true));
    const outside = evidence({ h2: "former" }, { self, healthy: ["h2", "h4", "h5"] });
    assert.match(blocked({ seen: outside }), /^! etcd-h1: h4, h5 answer and are of the former cluster alone/);
  });

  test("tells who is still of the former cluster, and waits for none of them", () => {
    assert.match(
      plan(host({ seen: evidence({ h2: "former", h3: ["h3"] }) })),
      /put the restored data .*; h2 still of the former cluster\)\n/,
    );
  });

  test("is not made again by a member that was in the new cluster, whatever data it has", () => {
    const seen = evidence({ h2: ["h1", "h2"] });
    for (const paths of [former, {}])
      assert.match(blocked({ paths, seen }), /^! etcd-h1: this member was in the cluster .*: its data is lost/);
    assert.match(plan(host({ paths: {}, seen: evidence({ h2: ["h2"] }) })), /\nrestore .*\nput the restored data/);
  });

  test("begins with an empty directory while nobody answers only until the host config says that it has worked", () => {
    assert.match(plan(host({ paths: {} })), /\nrestore .*\nput the restored data/);
    const closed = wish({ restore: { ...restore, clusterId, open: false } });
    assert.match(
      blocked({ paths: {} }, closed),
      /^! etcd-h1: the data directory is empty, nobody of .* its data is lost/,
    );
    assert.match(plan(host(), closed), /\nrestore .*\nput the restored data/);
    // what another restore's data was made beside is not known any more
    const other = { paths: { ...former, [`${data}/member`]: directory("restored-r1-000000000000", "snap", "wal") } };
    assert.match(
      blocked(other, closed),
      /^! etcd-h1: its data is of restore r1-000000000000, nobody of .* its data is lost/,
    );
    assert.match(plan(host({ ...other, seen: evidence({ h2: ["h2"] }) }), closed), /\nrestore .*\nput the/);
    assert.match(plan(host({ paths: {}, seen: evidence({ h2: ["h2"] }) }), closed), /\nrestore .*\nput the/);
  });

  test("is done once: a member with its marker is kept like any other, one of an older restore restores", () => {
    const of = (name: string): ObservedState => {
      const paths = { ...former, [`${data}/member`]: directory(name, "snap", "wal") };
      return host({ paths, from: wish() });
    };
    assert.equal(plan(of(marker)), "nothing to do\n");
    assert.match(plan(of("restored-r1-000000000000")), /\nrestore .*\nput the restored data/);
    assert.match(
      plan(of("restored-r3-000000000000")),
      /^! etcd-h1: its data is of restore r3-000000000000, .* which is older: deliver the newest host config/,
    );
    assert.match(plan(of("restored-r2-000000000000")), /: two snapshots have the same number; restore once more/);
  });

  test("goes on between the two renames, and needs no snapshot any more", () => {
    const paths = {
      [`${data}/${pending}/member`]: directory(marker, "snap", "wal"),
      [`${data}/${aside}`]: directory("member"),
    };
    const cut = host({ paths, found: { missing: "it has gone" } });
    assert.match(plan(cut), /^stop etcd-h1.*\nput the restored data .*\nstart etcd-h1/);
    assert.match(plan(host({ paths, seen: evidence({}, { lostThere: ["h4"] }) })), /^! etcd-h1: h4, said to be lost/);
  });

  test("clears away what a try before has left, and only then: that is one container more", () => {
    const clears = (paths: NonNullable<Host["paths"]>): unknown =>
      reconcile({ desired: wish(), fallback: before }, host({ paths })).steps.flatMap((step) =>
        step.kind === "restoreData" ? [step.arguments.clears] : [],
      );
    assert.deepEqual(clears(former), [false]);
    for (const left of [directory(), directory("member"), { type: "other", what: "a file" } as const])
      assert.deepEqual(clears({ ...former, [`${data}/${pending}`]: left }), [true]);
    const { steps } = reconcile({ desired: wish(), fallback: before }, host());
    const upTo = steps.findIndex(({ kind }) => kind === "restoreData") + 1;
    // the next plan of one who was killed there
    assert.match(plan(simulate(host(), steps.slice(0, upTo))), /^restore .*\nput the restored data .*\nstart etcd-h1/);
  });

  test("is not made by a host config with other members than those that the restore had", () => {
    const changed = { ...members, h4: { address: "10.77.0.14" } };
    const desired = wish({ members: changed });
    assert.match(blocked({}, desired), /^! etcd-h1: the members have changed since restore .* add it anew/);
    const empty = host({ paths: {}, seen: evidence({ h2: ["h2"] }) });
    assert.match(
      plan({ ...empty, containers: [] }, desired),
      /^! etcd-h1: the data directory is empty, and a member of a restored cluster begins from its snapshot or not at all/,
    );
  });

  test("waits where its data cannot be looked at", () => {
    const paths = { ...former, [`${data}/member`]: { type: "unknown", reason: "the disk is ill" } as const };
    assert.match(blocked({ paths }), /! etcd-h1: .*the disk is ill/);
  });
});
