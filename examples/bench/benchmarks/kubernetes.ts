// Four hosts with Kubernetes from nothing to all nodes Ready, by the agents and as a script of docker commands would: the bare calls
// of the agents' first plans without any wait, and kubectl for what the nodes need in the cluster. Then the agent's tick and memory.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "#lab/eventually.ts";
import { agentImage } from "#lab/images.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { targetOf } from "#agent/health/probe.ts";
import { applierPath } from "#agent/kubernetes/applier-lease.ts";
import { nodePath } from "#agent/kubernetes/observe-node.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { DesiredApi } from "#shared/state/desired-api.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { emptyState } from "#shared/simulate/settled-state.ts";
import type { BareCall } from "../bare-client.ts";
import { lookCalls, planCalls } from "../bare-plan.ts";
import { benchHost, containerGroup, deliver, watchAgent, type BenchHost, type WatchedAgent } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import type { BareRequest } from "../bare-requests.ts";
import type { Figure } from "../figure.ts";
import { startRequests } from "../start-requests.ts";
import { understood } from "../w1-host.ts";
import { managedIds, nudgedTick } from "./no-op.ts";

const bases = { k1: "stable", k2: "sid", k3: "stable", k4: "stable" };
const deadlineMs = 400_000;
const ticksMeasured = 15;
/** What the lab's hosts are. */
const facts: Required<HostFacts> = {
  cri: "containerd",
  cgroupVersion: 1,
  cgroupDriver: "cgroupfs",
  resolver: "plain",
};

/** Wall of the start in seconds, tick in milliseconds, anonymous memory. */
export const kubernetes: Benchmark = async ({ rounds = 2, progress }) => {
  const bare: number[] = [];
  const ours: Started[] = [];
  await eachRound(rounds, { what: "Kubernetes on four hosts", progress }, async () => {
    bare.push(await onCluster(startBare));
    ours.push(await onCluster(startAgents));
  });
  return [
    {
      work: "Kubernetes, four hosts",
      quantity: "from nothing to all nodes Ready",
      unit: "s",
      ours: ours.map(({ seconds }) => seconds),
      bare,
      goals: [{ kind: "of-bare", factor: 1.3 }],
    },
    ...ticksOf(
      "control-plane host",
      ours.map(({ usual }) => usual),
    ),
    ...ticksOf(
      "the one that applies objects",
      ours.map(({ applier }) => applier),
    ),
  ];
};

function ticksOf(host: string, found: readonly Resident[]): readonly Figure[] {
  const work = `Kubernetes, ${host}`;
  const ticks = found.flatMap((measured) => measured.ticks);
  return [
    {
      work,
      quantity: "no-op tick, beside its engine calls",
      unit: "ms",
      ours: ticks,
      bare: found.flatMap(({ looks }) => looks),
      goals: [{ kind: "of-bare", factor: 2 }],
    },
    {
      work,
      quantity: "no-op tick, beside its probes and API requests too",
      unit: "ms",
      ours: ticks,
      bare: found.flatMap(({ all }) => all),
      goals: [],
    },
    {
      work,
      quantity: "anonymous memory of the agent",
      unit: "MiB",
      ours: found.map(({ memory }) => memory),
      goals: [{ kind: "at-most", limit: 80 }],
    },
  ];
}

type Started = {
  readonly seconds: number;
  readonly usual: Resident;
  /** On the host that holds the Lease. */
  readonly applier: Resident;
};

type Resident = {
  readonly ticks: readonly number[];
  /** The engine calls alone. */
  readonly looks: readonly number[];
  /** They, the probes, and one request each for Node and Lease. */
  readonly all: readonly number[];
  readonly memory: number;
};

async function onCluster<Result>(
  act: (cluster: KubernetesCluster, hosts: readonly BenchHost[]) => Promise<Result>,
): Promise<Result> {
  const cluster = await startKubernetesCluster(bases, "kubernetes");
  const { lab } = cluster;
  const hosts: BenchHost[] = [];
  try {
    for (const host of lab.hosts) hosts.push(await benchHost(lab.dir, host));
    await cluster.planner("split");
    // nobody else has rights before the objects of the cluster are there
    await cluster.planner("kubeconfig", "--group", "system:masters", "--out", "admin.kubeconfig");
    return await act(cluster, hosts);
  } finally {
    for (const host of hosts) host.bare.close();
    await lab.down();
    await cluster.remove();
  }
}

async function hostConfig(cluster: KubernetesCluster, { lab }: BenchHost): Promise<string> {
  return readFile(join(cluster.directory, "hosts", `${lab.name}.yaml`), "utf8");
}

async function startAgents(cluster: KubernetesCluster, hosts: readonly BenchHost[]): Promise<Started> {
  const image = (await agentImage()).reference;
  for (const host of hosts) await deliver(host, await hostConfig(cluster, host));
  const begun = performance.now();
  const agents = await Promise.all(hosts.map(async (host) => watchAgent(host, image)));
  await allReady(cluster);
  const seconds = (performance.now() - begun) / 1000;
  const holder = await cluster.kubectl(...lease, "-o", "jsonpath={.spec.holderIdentity}");
  const measure = async (wanted: (host: BenchHost) => boolean): Promise<Resident> => {
    const index = hosts.findIndex(wanted);
    const [host, agent] = [hosts[index], agents[index]];
    if (host === undefined || agent === undefined) throw new Error(`no such host; the Lease is held by "${holder}"`);
    return resident(host, agent, await hostConfig(cluster, host));
  };
  return {
    seconds,
    usual: await measure(({ lab }) => lab.name !== holder),
    applier: await measure(({ lab }) => lab.name === holder),
  };
}

const lease = ["-n", "kube-system", "get", "lease", "flexkube-applier"];
/** Ticks until the engine of JavaScript knows the agent's code. */
const warmUp = 30;

async function resident(host: BenchHost, agent: WatchedAgent, text: string): Promise<Resident> {
  await agent.nextTick((await agent.ticks()).length, ({ result }) => result === "settled");
  for (let tick = 0; tick < warmUp; tick++) await nudgedTick(host, agent);
  const look = lookCalls(await managedIds(host));
  const requests = await startRequests(host, requestsOf(understood(text, facts).desired));
  const [ticks, looks, all]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let tick = 0; tick < ticksMeasured; tick++) {
      ticks.push(await nudgedTick(host, agent));
      const engineMs = await host.bare.run(look);
      looks.push(engineMs);
      all.push(engineMs + (await requests.run()));
    }
  } finally {
    requests.close();
  }
  return { ticks, looks, all, memory: await (await containerGroup(host, agent.id)).anonymousMiB() };
}

/** What a settled tick asks over HTTP. */
function requestsOf({ containers, node, clusterObjects }: DesiredState): readonly BareRequest[] {
  const probes = containers.flatMap(({ probe }) =>
    probe.http === undefined ? [] : [{ url: targetOf(probe), ca: probe.http.ca, kept: false }],
  );
  const api = ({ server, ca, certificate, key }: DesiredApi, path: string): BareRequest => {
    return { url: `${server}${path}`, ca, cert: certificate, key: key.reveal(), kept: true };
  };
  return [
    ...probes,
    ...(node === undefined ? [] : [api(node.api, nodePath(node.name))]),
    ...(clusterObjects === undefined ? [] : [api(clusterObjects.api, applierPath)]),
  ];
}

async function startBare(cluster: KubernetesCluster, hosts: readonly BenchHost[]): Promise<number> {
  const plans = await Promise.all(hosts.map(async (host) => firstCalls(await hostConfig(cluster, host))));
  const file = join(cluster.directory, "objects.yaml");
  const [first] = hosts;
  await writeFile(file, first === undefined ? "" : manifestsIn(await hostConfig(cluster, first)));
  const begun = performance.now();
  await Promise.all(hosts.map(async (host, index) => host.bare.run(plans[index] ?? [])));
  await eventually(async () => cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", file), {
    what: "the objects of the cluster are taken",
    deadlineMs,
  });
  await allReady(cluster);
  return (performance.now() - begun) / 1000;
}

/** RBAC and add-ons, as one document after the other. */
function manifestsIn(text: string): string {
  const contents = Object.values(understood(text).config.clusterObjects?.manifests ?? {}).map(
    ({ content }) => content ?? "",
  );
  return contents.join("\n---\n");
}

/** What the agent's first plan on an empty host calls, everything made before. */
async function firstCalls(text: string): Promise<readonly BareCall[]> {
  const { desired } = understood(text, facts);
  const plan = reconcile({ desired }, emptyHost(desired));
  const blocked = plan.blocked.map(({ container, reason }) => `${container}: ${reason}`);
  if (blocked.length > 0) throw new Error(`the bare plan is not whole: ${blocked.join("; ")}`);
  return planCalls(plan.steps, { desired, selfImage: (await agentImage()).reference });
}

/** All images there, no complaint of a preflight, and no answer from any other etcd member. */
function emptyHost({ containers }: DesiredState): ObservedState {
  const silent = containers.flatMap(({ name, etcd }) =>
    etcd === undefined
      ? []
      : [[name, { peers: new Map(etcd.peers.map((peer) => [peer.name, undefined])), healthy: [] }] as const],
  );
  return {
    ...emptyState(Date.now()),
    images: new Map(containers.map(({ spec }) => [spec.image, true])),
    preflight: new Map(containers.map(({ name }) => [name, []])),
    etcd: new Map(silent),
  };
}

async function allReady(cluster: KubernetesCluster): Promise<void> {
  const names = cluster.lab.hosts.map(({ name }) => `node/${name}`);
  await eventually(async () => cluster.kubectl("wait", "--for=condition=Ready", ...names, "--timeout=2s"), {
    what: "all nodes are Ready",
    deadlineMs,
  });
}
