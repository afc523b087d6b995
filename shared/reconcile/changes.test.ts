// Each change of a host config does exactly its effect: a table for every component, told by what the plan does to whom.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { HostConfigInput } from "#shared/expand/testing/host-config-builder.ts";
import { loadBalancer } from "#shared/expand/testing/load-balancer-builder.ts";
import { testCa, testServerCertificate } from "#shared/expand/testing/test-certificates.ts";
import { reconcile } from "./reconcile.ts";
import { settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import type { FileCommit, Step } from "#shared/state/step.ts";

const now = Date.UTC(2026, 0, 1);

type Container = NonNullable<HostConfigInput["containers"]>[string];
type File = NonNullable<Container["files"]>[number];

const sealed: File = { path: "sealed.conf", content: "a" };
const quiet: File = { path: "quiet.conf", content: "a", effect: "none" };
const signalled: File = { path: "signalled.conf", content: "a", effect: "signal", signal: "USR1" };
const restarting: File = { path: "/etc/restarting.conf", content: "a", effect: "restart" };

function web(overrides: Partial<Container> = {}): Container {
  return { image: "web:1", files: [sealed, quiet, signalled, restarting], ...overrides };
}

const etcd = etcdMember();
const secrets = etcdSecrets({ "kubernetes/ca.crt": testCa });
const balancer = loadBalancer({ ca: "kubernetes/ca.crt" });

/** One etcd member, one load balancer, one container with a file of each effect, one that nothing here is about. */
function host(overrides: Partial<HostConfigInput> = {}): HostConfigInput {
  const containers = { web: web(), bystander: { image: "bystander:1" } };
  return {
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "demo",
    host: "h1",
    etcd,
    apiLoadBalancers: { api: balancer },
    containers,
    secrets,
    ...overrides,
  };
}

function withWeb(overrides: Partial<Container>): HostConfigInput {
  return host({ containers: { ...host().containers, web: web(overrides) } });
}

/** `web` with this file in the place of the one of the same path. */
function withFile(file: File): HostConfigInput {
  return withWeb({ files: [sealed, quiet, signalled, restarting].map((one) => (one.path === file.path ? file : one)) });
}

function withBalancer(overrides: Partial<typeof balancer>): HostConfigInput {
  return host({ apiLoadBalancers: { api: { ...balancer, ...overrides } } });
}

function without(section: "etcd" | "apiLoadBalancers"): HostConfigInput {
  const { [section]: _, ...rest } = host();
  return rest;
}

type Row = readonly [what: string, after: HostConfigInput, effects: readonly string[]];

const live = "/etc/kubernetes/web/live";
const etcdLive = "/etc/kubernetes/etcd/live";
const balancerLive = "/etc/kubernetes/api-load-balancer-api/live";
const balancerConfig = `${balancerLive}/haproxy.cfg`;
const secret = (name: string, content: string): HostConfigInput => host({ secrets: { ...secrets, [name]: content } });

const etcdRows: readonly Row[] = [
  ["image", host({ etcd: etcdMember({ image: "etcd:3.6.17" }) }), ["etcd-h1 is replaced"]],
  ["argument", host({ etcd: etcdMember({ extraArgs: ["--heartbeat-interval=150"] }) }), ["etcd-h1 is replaced"]],
  ["CA, read only at start", secret("etcd/ca.crt", `${testCa}${testServerCertificate}`), ["etcd-h1 is replaced"]],
  ["certificate, read at each handshake", secret("etcd/server.crt", testCa), [`write ${etcdLive}/server.crt`]],
  ["key, read at each handshake", secret("etcd/peer.key", "another"), [`write ${etcdLive}/peer.key`]],
  ["limits", host({ etcd: etcdMember({ resources: { pids: 100 } }) }), ["etcd-h1 is updated"]],
  ["restart policy", host({ etcd: etcdMember({ restart: "always" }) }), ["etcd-h1 is updated"]],
  [
    "member that is taken off the host: its data stay",
    without("etcd"),
    [
      "etcd-h1 is removed",
      ...["peer.crt", "peer.key", "server.crt", "server.key"].map((file) => `remove ${etcdLive}/${file}`),
    ],
  ],
  ["token and bootstrap, for the first start only", host({ etcd: etcdMember({ token: "x", bootstrap: true }) }), []],
];

const balancerRows: readonly Row[] = [
  ["image", withBalancer({ image: "haproxy:3.3" }), ["api-load-balancer-api is replaced"]],
  ["argument", withBalancer({ entrypoint: ["/sbin/haproxy"] }), ["api-load-balancer-api is replaced"]],
  [
    "servers",
    withBalancer({ servers: { h1: { address: "10.77.0.11", port: 6443 } } }),
    ["api-load-balancer-api gets USR2", `write ${balancerConfig}`],
  ],
  ["limits", withBalancer({ resources: { pids: 100 } }), ["api-load-balancer-api is updated"]],
  [
    "CA that goes",
    host({ apiLoadBalancers: { api: loadBalancer() } }),
    ["api-load-balancer-api gets USR2", `remove ${balancerLive}/ca.crt`, `write ${balancerConfig}`],
  ],
  [
    "pool that goes",
    without("apiLoadBalancers"),
    ["api-load-balancer-api is removed", `remove ${balancerConfig}`, `remove ${balancerLive}/ca.crt`],
  ],
];

const containerRows: readonly Row[] = [
  ["image", withWeb({ image: "web:2" }), ["web is replaced"]],
  ["argument", withWeb({ args: ["--verbose"] }), ["web is replaced"]],
  ["environment", withWeb({ env: { LANG: "C" } }), ["web is replaced"]],
  ["label", withWeb({ labels: { team: "a" } }), ["web is replaced"]],
  ["restart policy", withWeb({ restart: "always" }), ["web is updated"]],
  ["limits", withWeb({ resources: { cpus: 0.5 } }), ["web is updated"]],
  ["probe", withWeb({ probe: { deadline: "9s" } }), []],
  ["sealed file's content", withFile({ ...sealed, content: "b" }), ["web is replaced"]],
  ["sealed file's mode", withFile({ ...sealed, mode: "0600" }), ["web is replaced"]],
  ["sealed file's owner", withFile({ ...sealed, uid: 7 }), ["web is replaced"]],
  ["sealed file that goes", withWeb({ files: [quiet, signalled, restarting] }), ["web is replaced"]],
  ["file without effect", withFile({ ...quiet, content: "b" }), [`write ${live}/quiet.conf`]],
  ["mode of a file without effect", withFile({ ...quiet, mode: "0600" }), [`write ${live}/quiet.conf`]],
  ["owner of a file without effect", withFile({ ...quiet, gid: 7 }), [`write ${live}/quiet.conf`]],
  ["file without effect that goes", withWeb({ files: [sealed, signalled, restarting] }), [`remove ${live}/quiet.conf`]],
  ["file with a signal", withFile({ ...signalled, content: "b" }), ["web gets USR1", `write ${live}/signalled.conf`]],
  ["file with a signal that goes", withWeb({ files: [sealed, quiet, restarting] }), [`remove ${live}/signalled.conf`]],
  [
    "file with a restart",
    withFile({ ...restarting, content: "b" }),
    ["web is restarted", "write /etc/restarting.conf"],
  ],
  [
    "mode of a file with a signal",
    withFile({ ...signalled, mode: "0600" }),
    ["web gets USR1", `write ${live}/signalled.conf`],
  ],
  [
    "owner of a file with a restart",
    withFile({ ...restarting, uid: 7 }),
    ["web is restarted", "write /etc/restarting.conf"],
  ],
  [
    "container that goes",
    host({ containers: { bystander: { image: "bystander:1" } } }),
    ["web is removed", "remove /etc/restarting.conf", `remove ${live}/quiet.conf`, `remove ${live}/signalled.conf`],
  ],
  ["file with a restart that goes", withWeb({ files: [sealed, quiet, signalled] }), ["remove /etc/restarting.conf"]],
];

/** What happens to which container, and to which live file. */
function effectsOf(steps: readonly Step[]): readonly string[] {
  const containers = new Map<string, Set<string>>();
  const files: string[] = [];
  for (const step of steps) {
    if (step.kind === "commitFiles") files.push(...liveChanges(step.arguments));
    else containers.set(step.component, (containers.get(step.component) ?? new Set()).add(step.kind));
    if (step.kind === "signalContainer") containers.get(step.component)?.add(`gets ${step.arguments.signal}`);
  }
  const names = new Map(steps.flatMap((step) => (step.kind === "commitFiles" ? [] : [[step.component, step.subject]])));
  const acts = [...containers].map(([component, kinds]) => `${names.get(component) ?? component} ${actOf(kinds)}`);
  return [...acts, ...files].toSorted();
}

function liveChanges({ replaced, removed }: FileCommit): readonly string[] {
  return [
    ...replaced.map((file) => `write ${file.path}`),
    ...removed.map((file) => `remove ${file.path}`).filter((line) => !/\/[0-9a-f]{32}$/.test(line)),
  ];
}

function actOf(kinds: ReadonlySet<string>): string {
  if (kinds.has("createContainer")) return "is replaced";
  if (kinds.has("removeContainer")) return "is removed";
  if (kinds.has("stopContainer")) return "is restarted";
  const signal = [...kinds].find((kind) => kind.startsWith("gets "));
  return signal ?? (kinds.has("updateContainer") ? "is updated" : [...kinds].join(" "));
}

function assertEffects(after: HostConfigInput, effects: readonly string[]): void {
  const desired = expand(hostConfig(after));
  const before = expand(hostConfig(host()));
  const settled = settledState(before, now);

  const { steps, blocked } = reconcile({ desired, fallback: before }, settled);
  const end = simulate(settled, steps);

  assert.deepEqual(blocked, []);
  assert.deepEqual(effectsOf(steps), effects.toSorted());
  const gone = effects.filter((line) => /is (replaced|removed)$/.test(line)).map((line) => line.split(" ")[0]);
  const kept = settled.containers.filter((container) => !gone.includes(container.name)).map(({ id }) => id);
  assert.deepEqual(
    kept.filter((id) => !end.containers.some((container) => container.id === id)),
    [],
  );
  assert.deepEqual(reconcile({ desired, fallback: before }, end).steps, []);
}

for (const [component, rows] of Object.entries({
  etcd: etcdRows,
  "load balancer": balancerRows,
  container: containerRows,
}))
  describe(`a change of one thing of the ${component}`, () => {
    for (const [what, after, effects] of rows)
      test(`${what}: ${effects.join(", ") || "nothing"}`, () => assertEffects(after, effects));
  });
