// The API load balancer: what is generated, and what a change of each field touches.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { reveal } from "#shared/secret.ts";
import { expand } from "#shared/expand/expand.ts";
import { changedFields } from "#shared/expand/testing/changed-fields.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { loadBalancer } from "#shared/expand/testing/load-balancer-builder.ts";
import { testCa, testCaExpires } from "#shared/expand/testing/test-certificates.ts";

type Change = Parameters<typeof loadBalancer>[0];

function balancer(change: Change = {}): DesiredContainer {
  const config = hostConfig({
    apiLoadBalancers: { all: loadBalancer(change) },
    secrets: { "kubernetes/ca.crt": testCa },
  });
  const [found] = expand(config).containers;
  assert.ok(found);
  return found;
}

function haproxyCfg(change: Change = {}): string {
  const file = balancer(change).live.find(({ path }) => path.endsWith("/haproxy.cfg"));
  return reveal(file?.content ?? "");
}

test("haproxy.cfg passes TLS through and asks each API server for its readiness", () => {
  assert.equal(
    haproxyCfg({ ca: "kubernetes/ca.crt" }),
    `global
  log stdout format raw local0 notice
  maxconn 8192
  stats socket /run/haproxy/admin.sock mode 600 level admin expose-fd listeners
  hard-stop-after 60s
defaults
  mode tcp
  log global
  option tcpka
  option redispatch
  retries 3
  timeout connect 3s
  timeout client 4h
  timeout server 4h
  timeout check 3s
frontend apiserver
  bind 127.0.0.1:7443
  default_backend apiservers
frontend ops
  mode http
  bind 127.0.0.1:7080
  timeout client 10s
  http-request use-service prometheus-exporter if { path /metrics }
  monitor-uri /healthz
backend apiservers
  balance leastconn
  option httpchk
  http-check connect ssl alpn http/1.1
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
  http-check expect status 200
  default-server inter 2s fastinter 500ms downinter 2s rise 2 fall 3 on-marked-down shutdown-sessions check check-ssl verify required ca-file /etc/flexkube/live/ca.crt
  server h1 10.77.0.11:6443
  server h2 10.77.0.12:6443
`,
  );
});

test("without a CA the API servers are checked but not verified", () => {
  assert.match(haproxyCfg(), / check check-ssl verify none$/m);
  assert.deepEqual(
    balancer().live.map(({ path }) => path),
    ["/etc/kubernetes/api-load-balancer-all/live/haproxy.cfg"],
  );
});

test("IPv6 addresses are in brackets", () => {
  const text = haproxyCfg({
    bind: { address: "::1", port: 7443 },
    ops: { address: "::", port: 7080 },
    servers: { h1: { address: "fd00::1", port: 6443 } },
  });

  for (const line of ["bind [::1]:7443", "bind [::]:7080", "server h1 [fd00::1]:6443"])
    assert.ok(text.includes(line), line);
});

test("a check path cannot become another directive", () => {
  const text = haproxyCfg({ checkPath: "/readyz?a=b&c=%20\n  server evil 1.2.3.4:5 # '\"\\é" });

  assert.match(text, /uri \/readyz\?a=b&c=%20%0A%20%20server%20evil%201.2.3.4:5%20%23%20%27%22%5C%C3%A9 ver HTTP\/1.1/);
  assert.doesNotMatch(text, /^\s*server evil/m);
});

test("HAProxy runs without rights on the host's network, and stops at once on TERM", () => {
  const { spec, restart, goBack, probe, check, claims } = balancer();

  assert.deepEqual(spec, {
    image: "haproxy:3.2",
    entrypoint: ["haproxy"],
    args: ["-W", "-db", "-f", "/etc/flexkube/live/haproxy.cfg"],
    env: {},
    labels: {},
    user: "65534:65534",
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
      {
        source: "/etc/kubernetes/api-load-balancer-all/live",
        target: "/etc/flexkube/live",
        readOnly: true,
        propagation: "rprivate",
      },
    ],
    tmpfs: { "/run/haproxy": "rw,noexec,nosuid,nodev,size=1m,mode=0700,uid=65534,gid=65534" },
    ports: [],
    ulimits: [],
    sysctls: {},
    log: { driver: "json-file", options: { "max-file": "3", "max-size": "10m" } },
    stopSignal: "TERM",
    stopTimeoutSeconds: 10,
    usernsMode: "host",
  });
  assert.deepEqual({ restart, goBack }, { restart: "always", goBack: "always" });
  assert.deepEqual(check, ["-c", "-f", "/etc/flexkube/live/haproxy.cfg"]);
  assert.deepEqual(claims, ["tcp/127.0.0.1:7080", "tcp/127.0.0.1:7443"]);
  assert.deepEqual(probe.http, {
    scheme: "http",
    address: "127.0.0.1",
    port: 7080,
    path: "/healthz",
    status: 200,
    ca: undefined,
  });
});

test("an endpoint on every address is probed on the loopback, and the config's own probe wins", () => {
  assert.equal(balancer({ ops: { address: "0.0.0.0", port: 1 } }).probe.http?.address, "127.0.0.1");
  assert.equal(balancer({ ops: { address: "::", port: 1 } }).probe.http?.address, "::1");
  assert.deepEqual(balancer({ probe: { tcp: { port: 7443 } } }).probe.tcp, { address: "127.0.0.1", port: 7443 });
  assert.equal(balancer({ probe: { tcp: { port: 7443 } } }).probe.http, undefined);
});

test("a low port needs the capability to bind it", () => {
  const wanted = [balancer(), balancer({ bind: { address: "10.0.0.1", port: 443 } }), balancer({ ops: { port: 80 } })];

  assert.deepEqual(
    wanted.map(({ spec }) => spec.capAdd),
    [[], ["NET_BIND_SERVICE"], ["NET_BIND_SERVICE"]],
  );
});

test("the CA's end of validity is reported", () => {
  assert.equal(balancer().certificatesExpire, undefined);
  assert.equal(balancer({ ca: "kubernetes/ca.crt" }).certificatesExpire, testCaExpires);
});

const reload = ["digest", "live"];
const recreate = ["digest", "spec", "specHash"];

const changes: readonly (readonly [sentence: string, change: Change, touched: readonly string[]])[] = [
  ["nothing", {}, []],
  ["the servers", { servers: { h1: { address: "10.77.0.11", port: 6443 } } }, reload],
  ["the check path", { checkPath: "/livez" }, reload],
  ["the CA", { ca: "kubernetes/ca.crt" }, ["certificatesExpire", ...reload]],
  ["the connection limit", { maxConnections: 100 }, reload],
  ["the address", { bind: { address: "127.0.0.1", port: 8443 } }, ["claims", ...reload]],
  ["the ops port", { ops: { port: 8080 } }, ["claims", "probe", ...reload]],
  ["the image", { image: "haproxy:3.4" }, recreate],
  ["the entrypoint", { entrypoint: ["/usr/sbin/haproxy"] }, recreate],
  ["the user", { uid: 99 }, recreate],
  ["the group", { gid: 99 }, recreate],
  ["the log", { log: { driver: "journald", options: {} } }, recreate],
  ["the stop timeout", { stopTimeout: "20s" }, recreate],
  ["the restart policy", { restart: "no" }, ["restart"]],
  ["resources", { resources: { cpus: 1 } }, ["resources"]],
  ["the probe's deadline", { probe: { deadline: "5s" } }, ["probe"]],
];

for (const [sentence, change, touched] of changes)
  test(`changing ${sentence} of a load balancer touches ${touched.join(", ") || "nothing"}`, () => {
    assert.deepEqual(changedFields(balancer(), balancer(change)), touched.toSorted());
  });
