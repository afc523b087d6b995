// The etcd member: what is generated, and what a change of each field touches.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { etcdClusterId } from "#shared/backup/restore-id.ts";
import { Secret } from "#shared/secret.ts";
import { expand } from "#shared/expand/expand.ts";
import { changedFields } from "#shared/expand/testing/changed-fields.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { testCa, testPeerCertificate, testPeerExpires } from "#shared/expand/testing/test-certificates.ts";

type Change = Parameters<typeof etcdMember>[0];
type Secrets = Parameters<typeof etcdSecrets>[0];

function member(change: Change = {}, secrets: Secrets = {}): DesiredContainer {
  const [found] = expand(hostConfig({ etcd: etcdMember(change), secrets: etcdSecrets(secrets) })).containers;
  assert.ok(found);
  return found;
}

test("etcd's arguments name every address, file and protection, and nothing of the first start", () => {
  assert.deepEqual(member().spec.args, [
    "--name=h1",
    "--data-dir=/var/lib/etcd",
    "--logger=zap",
    "--listen-client-urls=https://10.77.0.11:2379,https://127.0.0.1:2379",
    "--advertise-client-urls=https://10.77.0.11:2379",
    "--listen-peer-urls=https://10.77.0.11:2380",
    "--listen-metrics-urls=http://127.0.0.1:2381",
    "--client-cert-auth=true",
    "--trusted-ca-file=/etc/flexkube/files/ca.crt",
    "--cert-file=/etc/flexkube/live/server.crt",
    "--key-file=/etc/flexkube/live/server.key",
    "--peer-client-cert-auth=true",
    "--peer-trusted-ca-file=/etc/flexkube/files/ca.crt",
    "--peer-cert-file=/etc/flexkube/live/peer.crt",
    "--peer-key-file=/etc/flexkube/live/peer.key",
  ]);
});

test("IPv6 addresses are in brackets in every URL and claim", () => {
  const { spec, etcd, claims } = member({ address: "fd00::1", members: { h1: { address: "fd00::1" } } });

  for (const argument of [
    "--listen-client-urls=https://[fd00::1]:2379,https://127.0.0.1:2379",
    "--listen-peer-urls=https://[fd00::1]:2380",
  ])
    assert.ok(spec.args?.includes(argument), argument);
  assert.equal(etcd?.initialCluster, "h1=https://[fd00::1]:2380");
  assert.ok(claims.includes("tcp/[fd00::1]:2380"));
});

test("a member on the loopback alone listens there once", () => {
  const { spec, claims } = member({ address: "127.0.0.1" });

  assert.ok(spec.args?.includes("--listen-client-urls=https://127.0.0.1:2379"));
  assert.deepEqual(claims, ["tcp/127.0.0.1:2379", "tcp/127.0.0.1:2380", "tcp/127.0.0.1:2381"]);
});

for (const [corruptionCheck, flags] of [
  ["none", []],
  [
    "experimental-flags",
    ["--experimental-initial-corrupt-check=true", "--experimental-compact-hash-check-enabled=true"],
  ],
  ["feature-gates", ["--feature-gates=CompactHashCheck=true,InitialCorruptCheck=true"]],
] as const)
  test(`corruption check ${corruptionCheck} adds ${flags.length} flags, and the user's arguments come last`, () => {
    const { args } = member({ corruptionCheck, extraArgs: ["--heartbeat-interval=200"] }).spec;

    assert.deepEqual(args?.slice(15), [...flags, "--heartbeat-interval=200"]);
  });

test("etcd runs as its own user without rights on the host's network", () => {
  const { spec, sealed } = member({ uid: 997, gid: 998 });

  assert.deepEqual(spec, {
    image: "etcd:3.6.16",
    entrypoint: ["/usr/local/bin/etcd"],
    args: member().spec.args,
    env: {},
    labels: {},
    user: "997:998",
    networkMode: "host",
    pidMode: "",
    ipcMode: "",
    privileged: false,
    readOnlyRoot: true,
    capAdd: [],
    capDrop: ["ALL"],
    securityOptions: ["label=disable", "no-new-privileges"],
    devices: [],
    mounts: [
      { source: sealed?.path, target: "/etc/flexkube/files", readOnly: true, propagation: "rprivate" },
      { source: "/etc/kubernetes/etcd/live", target: "/etc/flexkube/live", readOnly: true, propagation: "rprivate" },
      { source: "/var/lib/etcd", target: "/var/lib/etcd", readOnly: false, propagation: "rprivate" },
    ],
    tmpfs: {},
    ports: [],
    ulimits: [],
    sysctls: {},
    log: { driver: "json-file", options: { "max-file": "3", "max-size": "10m" } },
    stopSignal: "TERM",
    stopTimeoutSeconds: 30,
    usernsMode: "host",
  });
});

test("Docker never starts etcd by itself, and an older minor version never comes back", () => {
  const { restart, goBack } = member();

  assert.deepEqual({ restart, goBack }, { restart: "no", goBack: "same-minor" });
});

test("the data directory is made for etcd's user alone", () => {
  assert.deepEqual(member({ dataDirectory: "/data/etcd", uid: 997, gid: 998 }).dataDirectories, [
    { path: "/data/etcd", mode: 0o700, uid: 997, gid: 998 },
  ]);
});

test("the CA is sealed, certificates and keys are live, keys for etcd's user alone", () => {
  const { sealed, live, liveDirectory } = member();

  assert.deepEqual(
    sealed?.files.map(({ path, mode }) => [path.replace(sealed.path, ""), mode]),
    [["/ca.crt", 0o644]],
  );
  assert.deepEqual(
    live.map(({ path, mode, uid, effect }) => [path, mode, uid, effect]),
    [
      ["/etc/kubernetes/etcd/live/peer.crt", 0o644, 65534, "none"],
      ["/etc/kubernetes/etcd/live/peer.key", 0o600, 65534, "none"],
      ["/etc/kubernetes/etcd/live/server.crt", 0o644, 65534, "none"],
      ["/etc/kubernetes/etcd/live/server.key", 0o600, 65534, "none"],
    ],
  );
  assert.deepEqual(liveDirectory, { path: "/etc/kubernetes/etcd/live", mode: 0o700, uid: 65534, gid: 65534 });
});

test("health is asked of this member alone, unless the config says how", () => {
  const local = { scheme: "http", port: 2381, path: "/health?serializable=true", status: 200, ca: undefined };

  assert.deepEqual(member().probe.http, { ...local, address: "127.0.0.1" });
  assert.deepEqual(member({ metricsAddress: "10.77.0.11" }).probe.http, { ...local, address: "10.77.0.11" });
  assert.equal(member().probe.deadline, "120s");
  assert.equal(member({ probe: { http: { port: 2381, path: "/livez" } } }).probe.http?.path, "/livez");
});

test("the start rule names all members and how to ask the others", () => {
  const rule = member({
    bootstrap: true,
    members: { h2: { address: "10.77.0.12" }, h1: { address: "10.77.0.11" } },
  }).etcd;

  assert.deepEqual(rule, {
    name: "h1",
    peerUrl: "https://10.77.0.11:2380",
    dataDirectory: "/var/lib/etcd",
    initialCluster: "h1=https://10.77.0.11:2380,h2=https://10.77.0.12:2380",
    token: "demo",
    bootstrap: true,
    peers: [{ name: "h2", peerUrl: "https://10.77.0.12:2380", clientUrl: "https://10.77.0.12:2379" }],
    tls: { ca: testCa, certificate: testPeerCertificate, key: new Secret("key of the test peer\n") },
  });
  assert.equal(rule?.tls.key.reveal(), "key of the test peer\n");
});

test("the first end of validity among its certificates is reported", () => {
  assert.equal(member().certificatesExpire, testPeerExpires);
});

test("a restore is part of the start rule: which snapshot, where it is looked for, who must not answer", () => {
  const sha256 = "0f3a5b7c9d11".padEnd(64, "0");
  const restore = { number: 2, sha256, clusterId: "1", lost: [{ name: "h9", address: "10.77.0.19" }] };
  const told = member({ token: "demo-r2-0f3a5b7c9d11", backup: { directory: "/backup" }, restore }).etcd?.restore;
  const urls = [1, 2, 3].map((host) => `https://10.77.0.1${host}:2380`);

  assert.deepEqual(told, {
    id: "r2-0f3a5b7c9d11",
    number: 2,
    sha256,
    clusterId: "1",
    ownClusterId: etcdClusterId("demo-r2-0f3a5b7c9d11", urls),
    open: true,
    lost: [{ name: "h9", peerUrl: "https://10.77.0.19:2380", clientUrl: "https://10.77.0.19:2379" }],
    directories: ["/backup", "/var/lib/flexkube/restore"],
    etcdutl: "/usr/local/bin/etcdutl",
  });
  assert.deepEqual(member({ restore }).etcd?.restore?.directories, ["/var/lib/flexkube/restore"]);
});

test("a member that began anew has its incarnation in its name and its data in a directory of that name", () => {
  const { name, spec, etcd, dataDirectories } = member({
    members: { h1: { address: "10.77.0.11", incarnation: 2 }, h2: { address: "10.77.0.12", incarnation: 3 } },
  });

  assert.equal(name, "etcd-h1");
  assert.ok(spec.args?.includes("--name=h1.2"));
  assert.deepEqual(
    dataDirectories.map(({ path }) => path),
    ["/var/lib/etcd", "/var/lib/etcd/h1.2"],
  );
  assert.ok(spec.mounts.some(({ source, target }) => source === "/var/lib/etcd/h1.2" && target === "/var/lib/etcd"));
  assert.equal(etcd?.dataDirectory, "/var/lib/etcd/h1.2");
  assert.equal(etcd.initialCluster, "h1.2=https://10.77.0.11:2380,h2.3=https://10.77.0.12:2380");
  assert.deepEqual(
    etcd.peers.map((peer) => peer.name),
    ["h2.3"],
  );
});

const recreate = ["digest", "spec", "specHash"];

const changes: readonly (readonly [sentence: string, change: Change, touched: readonly string[]])[] = [
  ["nothing", {}, []],
  ["the image", { image: "etcd:3.7.1" }, recreate],
  ["the address", { address: "10.77.0.99" }, ["claims", "etcd", ...recreate]],
  ["the client port", { clientPort: 12379 }, ["claims", ...recreate]],
  ["the peer port", { peerPort: 12380 }, ["claims", "etcd", ...recreate]],
  ["the metrics port", { metricsPort: 12381 }, ["claims", "probe", ...recreate]],
  ["the data directory", { dataDirectory: "/data" }, ["dataDirectories", "etcd", ...recreate]],
  ["the user", { uid: 997 }, ["dataDirectories", "live", "liveDirectory", "sealed", ...recreate]],
  ["the corruption check", { corruptionCheck: "feature-gates" }, recreate],
  ["the entrypoint", { entrypoint: ["etcd"] }, recreate],
  ["an argument", { extraArgs: ["--snapshot-count=10000"] }, recreate],
  ["the stop timeout", { stopTimeout: "1m" }, recreate],
  ["the log", { log: { options: {} } }, recreate],
  ["the members", { members: { h1: { address: "10.77.0.11" } } }, ["etcd"]],
  ["the token", { token: "other" }, ["etcd"]],
  ["bootstrap", { bootstrap: true }, ["etcd"]],
  ["the restore", { restore: { number: 1, sha256: "0".repeat(64), clusterId: "1" } }, ["etcd"]],
  ["membership", { membership: { generation: 3 } }, ["etcd"]],
  ["the restart policy", { restart: "always" }, ["restart"]],
  ["resources", { resources: { memoryBytes: 2147483648 } }, ["resources"]],
  ["the probe's deadline", { probe: { deadline: "5m" } }, ["probe"]],
];

for (const [sentence, change, touched] of changes)
  test(`changing ${sentence} of etcd touches ${touched.join(", ") || "nothing"}`, () => {
    assert.deepEqual(changedFields(member(), member(change)), touched.toSorted());
  });

const renewals: readonly (readonly [sentence: string, secrets: Secrets, touched: readonly string[]])[] = [
  ["the server certificate", { "etcd/server.crt": testPeerCertificate }, ["digest", "live"]],
  ["the server key", { "etcd/server.key": "another" }, ["digest", "live"]],
  ["the peer certificate", { "etcd/peer.crt": "another" }, ["certificatesExpire", "digest", "etcd", "live"]],
  ["the peer key", { "etcd/peer.key": "another" }, ["digest", "live"]],
  ["the CA", { "etcd/ca.crt": "another" }, ["etcd", "sealed", ...recreate]],
];

for (const [sentence, secrets, touched] of renewals)
  test(`renewing ${sentence} of etcd touches ${touched.join(", ")}`, () => {
    assert.deepEqual(changedFields(member(), member({}, secrets)), touched.toSorted());
  });
