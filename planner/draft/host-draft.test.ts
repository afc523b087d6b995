import assert from "node:assert/strict";
import { test } from "node:test";
import { testCa } from "#shared/expand/testing/test-certificates.ts";
import { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parse } from "yaml";
import { clusterOf } from "#planner/cluster/cluster.ts";
import type { HostDraft } from "./host-draft.ts";
import { draftHost } from "./host-draft.ts";

function draft(host: string, sections: string, options: { readonly bootstrapped?: boolean } = {}): HostDraft {
  const head =
    "apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts: { h1: { address: 10.0.0.1 }, h2: { address: 10.0.0.2 } }\n";
  const clusterConfig = ClusterConfig.parse(parse(head + sections));
  const cluster = clusterOf(clusterConfig, { inputs: new Map(), bootstrapped: options.bootstrapped ?? false });
  const drafted = draftHost(cluster, host);
  assert.deepEqual(drafted.problems, []);
  assert.ok(drafted.draft);
  return drafted.draft;
}

function config(host: string, sections: string, options: { readonly bootstrapped?: boolean } = {}): HostConfig {
  return draft(host, sections, options).config;
}

test("a host without sections gets the agent's settings only", () => {
  assert.deepEqual(config("h1", ""), {
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "demo",
    host: "h1",
    address: "10.0.0.1",
    closedDirectories: true,
    agent: { interval: "60s", jitter: "5s", registries: [] },
    apiLoadBalancers: {},
    containers: {},
    secrets: {},
  });
});

test("every default of an etcd member is written out", () => {
  const { rollout, ...member } = config("h1", "etcd: { hosts: all }").etcd ?? {};

  assert.match(rollout ?? "", /^[0-9a-f]{16}$/);
  assert.deepEqual(member, {
    name: "h1",
    image: "quay.io/coreos/etcd:v3.6.16",
    address: "10.0.0.1",
    clientPort: 2379,
    peerPort: 2380,
    metricsAddress: "127.0.0.1",
    metricsPort: 2381,
    dataDirectory: "/var/lib/etcd",
    uid: 2_100_000_000,
    gid: 2_100_000_000,
    token: "demo",
    members: {
      h1: { address: "10.0.0.1", peerPort: 2380, clientPort: 2379 },
      h2: { address: "10.0.0.2", peerPort: 2380, clientPort: 2379 },
    },
    bootstrap: true,
    corruptionCheck: "feature-gates",
    cipherSuites: [
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ],
    entrypoint: ["/usr/local/bin/etcd"],
    extraArgs: [],
    certificates: {
      ca: "etcd/ca.crt",
      serverCertificate: "etcd/server.crt",
      serverKey: "etcd/server.key",
      peerCertificate: "etcd/peer.crt",
      peerKey: "etcd/peer.key",
    },
    resources: { pids: 8192 },
    log: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
    stopTimeout: "30s",
    restart: "no",
    probe: { settle: "2s", interval: "500ms", timeout: "2s", threshold: 1, deadline: "120s" },
  });
});

test("every default of a load balancer is written out", () => {
  assert.deepEqual(config("h1", "apiLoadBalancers: { main: { hosts: h1, servers: {} } }").apiLoadBalancers, {
    main: {
      image: "haproxy:3.2-alpine",
      bind: { address: "127.0.0.1", port: 7443 },
      ops: { address: "127.0.0.1", port: 7080 },
      servers: {},
      checkPath: "/readyz",
      maxConnections: 8192,
      uid: 2_100_000_001,
      gid: 2_100_000_001,
      entrypoint: ["haproxy"],
      resources: { pids: 8192 },
      log: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
      stopTimeout: "10s",
      restart: "always",
      probe: { settle: "2s", interval: "500ms", timeout: "2s", threshold: 1, deadline: "60s" },
    },
  });
});

test("later layers win: maps merge and lists replace", () => {
  const sections = `etcd:
  hosts: all
  extraArgs: [--a, --b]
  resources: { cpus: 2, pids: 100 }
  overrides:
    h2: { extraArgs: [--c], resources: { pids: 200 }, clientPort: 12379 }`;

  const [first, second] = [config("h1", sections).etcd, config("h2", sections).etcd];

  assert.deepEqual([first?.extraArgs, first?.resources], [["--a", "--b"], { cpus: 2, pids: 100 }]);
  assert.deepEqual([second?.extraArgs, second?.resources], [["--c"], { cpus: 2, pids: 200 }]);
  assert.equal(first?.members["h2"]?.clientPort, 12379);
});

test("part of a probe keeps the rest of etcd's own defaults", () => {
  assert.equal(config("h1", "etcd: { hosts: h1, probe: { interval: 1s } }").etcd?.probe.deadline, "120s");
});

test("rotation options are left to the driver when it is not one of files", () => {
  const sections =
    "etcd: { hosts: h1, log: { driver: journald } }\ncontainers: { aa: { hosts: h1, image: i, log: { driver: syslog, options: { tag: a } } } }";

  const { etcd, containers } = config("h1", sections);

  assert.deepEqual(etcd?.log, { driver: "journald", options: {} });
  assert.deepEqual(containers["aa"]?.log, { driver: "syslog", options: { tag: "a" } });
});

test("the image comes from override, section, images and version in this order", () => {
  const image = (etcd: string, images = "{}") =>
    config("h1", `images: ${images}\netcd: { hosts: h1, ${etcd} }`).etcd?.image;

  assert.equal(image("version: 3.5.21"), "quay.io/coreos/etcd:v3.5.21");
  assert.equal(image("version: v3.5.21", "{ etcd: 'mirror/etcd:v3.5.21' }"), "mirror/etcd:v3.5.21");
  assert.equal(image("image: 'own:v3.6.1'", "{ etcd: 'mirror/etcd:v3.5.21' }"), "own:v3.6.1");
  assert.equal(image("image: 'own:v3.6.1', overrides: { h1: { image: 'other:v3.6.2' } }"), "other:v3.6.2");
});

test("corruption checks follow the version", () => {
  const check = (etcd: string) => config("h1", `etcd: { hosts: h1, ${etcd} }`).etcd?.corruptionCheck;

  assert.equal(check("version: 3.5.21"), "experimental-flags");
  assert.equal(check("version: 3.6.0"), "feature-gates");
  assert.equal(check("version: 3.7.1"), "feature-gates");
  assert.equal(
    check("image: 'own@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', version: 3.5.21"),
    "experimental-flags",
  );
  assert.equal(check("image: own"), "none");
});

test("a cluster that has been bootstrapped is never founded again", () => {
  assert.equal(config("h1", "etcd: { hosts: h1 }", { bootstrapped: true }).etcd?.bootstrap, false);
});

test("etcd in dependsOn is the member of the same host", () => {
  const sections = "etcd: { hosts: all }\ncontainers: { aa: { hosts: all, image: i, dependsOn: [etcd] } }";

  assert.deepEqual(config("h2", sections).containers["aa"]?.dependsOn, ["etcd-h2"]);
});

test("a host gets only the secrets that its own containers refer to", () => {
  const sections = `containers:
  aa: { hosts: h1, image: i, files: [{ path: x, secret: one }] }
  bb: { hosts: h2, image: i, probe: { http: { port: 1, path: /, ca: two } } }
images: { registries: [{ server: s, username: u, password: three }] }
secrets: { one: { content: "1" }, two: { content: "-----BEGIN CERTIFICATE-----" }, three: { content: "3" }, four: { content: "4" } }`;
  const names = (host: string) => Object.keys(draftWithProblems(host, sections));

  assert.deepEqual(names("h1"), ["one", "three"]);
  assert.deepEqual(names("h2"), ["three", "two"]);
});

function draftWithProblems(host: string, sections: string): HostDraft["secrets"] {
  const head =
    "apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts: { h1: { address: 10.0.0.1 }, h2: { address: 10.0.0.2 } }\n";
  const cluster = clusterOf(ClusterConfig.parse(parse(head + sections)), { inputs: new Map(), bootstrapped: false });
  return draftHost(cluster, host).draft?.secrets ?? {};
}

test("a CA in the config travels as a secret of the pool", () => {
  const sections = `apiLoadBalancers: { main: { hosts: h1, servers: {}, ca: ${JSON.stringify(testCa)} } }`;

  const secrets = draftWithProblems("h1", sections);

  assert.deepEqual(secrets, { "api-load-balancer/main/ca.crt": { from: "given", value: testCa } });
});

test("a member asks for two certificates that are good for server and client", () => {
  const { certificates, cas } = draft("h2", "etcd: { hosts: all }\npki: { organization: example, validity: 100h }");

  const common = {
    ca: "etcd",
    commonName: "h2",
    organization: "example",
    usages: ["server", "client"],
    validity: "100h",
    // renewed after the usual part of its life
    renewAfter: undefined,
  };
  assert.deepEqual(cas, [{ id: "etcd", commonName: "demo-etcd-ca", validity: "87600h" }]);
  assert.deepEqual(certificates, [
    { ...common, id: "etcd/h2-server", dnsNames: ["localhost", "h2"], ipAddresses: ["10.0.0.2", "127.0.0.1", "::1"] },
    { ...common, id: "etcd/h2-peer", dnsNames: ["h2"], ipAddresses: ["10.0.0.2"] },
  ]);
});
