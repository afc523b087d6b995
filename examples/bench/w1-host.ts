// W1 on a host: its host config by the planner, what the agent would do now, and the same work by docker compose.
import { createSteadyTimes } from "#agent/facts/steady-times.ts";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { DockerodeEngine } from "#agent/engine/dockerode.ts";
import { createMountedTree } from "#agent/files/mounted-tree.ts";
import { createPatience } from "#agent/files/patience.ts";
import { createImageLabels } from "#agent/self/image-labels.ts";
import { createKubernetesConnections } from "#agent/kubernetes/connections.ts";
import { observe } from "#agent/tick/observe.ts";
import { runCommand } from "#lab/run-command.ts";
import { expand } from "#shared/expand/expand.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import type { Plan } from "#shared/state/step.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { BenchHost, BenchImages } from "./bench-host.ts";
import { composeDataDirectory, composeFile } from "./compose-file.ts";
import { timedProgram, type Run } from "./timed-program.ts";
import { w1Cluster, type Contents } from "./w1.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));

/** Path of a program that `npm run build` makes. */
export function programPath(name: "flexkube-agent" | "flexkube-planner"): string {
  return join(project, "dist", name);
}

export type W1 = {
  /** Holds cluster.yaml, hosts/, pki/ and compose.yaml. */
  readonly directory: string;
  /** Text of the host config with these contents. */
  readonly hostConfig: (contents: Contents) => Promise<string>;
  readonly remove: () => Promise<void>;
};

/** A directory in which the planner keeps W1's PKI between two contents. */
export async function createW1(host: Pick<BenchHost, "lab">, images: BenchImages): Promise<W1> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-bench-"));
  return {
    directory,
    hostConfig: async (contents) => {
      const cluster = w1Cluster({ address: host.lab.ip, images: images.w1, contents });
      await writeFile(join(directory, "cluster.yaml"), cluster);
      await runCommand(["env", "-C", directory, execPath, join(project, "planner/main.ts"), "split"]);
      return readFile(join(directory, "hosts", "w1.yaml"), "utf8");
    },
    remove: async () => rm(directory, { recursive: true, force: true }),
  };
}

/** The config and what it makes of a host with these facts. */
export function understood(
  text: string,
  facts: HostFacts = {},
): { readonly config: HostConfig; readonly desired: DesiredState } {
  const parsed = parseHostConfig(text, "host.yaml");
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, problem }) => `${path}: ${problem}`).join("\n"));
  return { config: parsed.value, desired: expand(parsed.value, facts) };
}

export type Seen = { readonly desired: DesiredState; readonly observed: ObservedState; readonly plan: Plan };

/** What the agent would do on the host now, with that ledger. */
export async function planNow(host: Pick<BenchHost, "lab" | "root">, text: string, ledger: Ledger): Promise<Seen> {
  const { config, desired } = understood(text);
  const engine = new DockerodeEngine({ socketPath: host.lab.socket });
  try {
    const clock = { now: () => Date.now(), sleep: async () => Promise.reject(new Error("nothing waits here")) };
    const seen = await observe({
      connectKubernetes: createKubernetesConnections().connect,
      kinds: new Map(),
      // no config here has objects of the cluster
      applierLease: { holderOf: () => undefined },
      engine,
      imageLabels: createImageLabels(engine),
      times: createSteadyTimes(clock),
      lookAtMounts: async () => Promise.resolve(new Map()),
      tree: createMountedTree({ root: host.root, clock, patience: createPatience({ clock }) }),
      clock,
      signal: new AbortController().signal,
      agentStartedAt: Date.now(),
      ledger,
      hashKey: config.secrets["hash-key"],
      desired,
    });
    // the only member has no peers to ask
    const etcd = desired.containers
      .filter((container) => container.etcd !== undefined)
      .map(({ name }) => [name, { peers: new Map(), healthy: [] }] as const);
    const observed = { ...seen, etcd: new Map(etcd) };
    return { desired, observed, plan: reconcile({ desired }, observed) };
  } finally {
    engine.close();
  }
}

/** Writes compose.yaml for what this config makes of an empty host, and the data directories of its containers. */
export async function prepareCompose(host: BenchHost, w1: W1, text: string): Promise<void> {
  const { desired, plan } = await planNow(host, text, emptyHostLedger);
  const startArgs = new Map<string, readonly string[]>();
  for (const step of plan.steps)
    if (step.kind === "createContainer") startArgs.set(step.subject, step.arguments.startArgs);
  await writeFile(join(w1.directory, "compose.yaml"), composeFile(desired.containers, startArgs), { mode: 0o600 });
  for (const { name, dataDirectories } of desired.containers)
    for (const { uid, gid } of dataDirectories) {
      const path = `${composeDataDirectory}/${name}`;
      await host.lab.exec("sh", "-euc", 'mkdir -p "$1"; chown "$2" "$1"; chmod 700 "$1"', "sh", path, `${uid}:${gid}`);
    }
}

/** A ledger of a host on which there is nothing of ours. */
export const emptyHostLedger: Ledger = {
  version: 1,
  files: {},
  delivered: {},
  proven: {},
  verdicts: {},
  trials: {},
  known: true,
};

/** docker compose from the cache; made now when it is missing. */
export async function composeProgram(): Promise<string> {
  return (await runCommand([join(project, "images/lab/compose")])).trim();
}

/** `docker compose <args>` on the host's engine, or on another socket before it. */
export async function compose(
  about: { readonly host: BenchHost; readonly w1: W1; readonly program: string; readonly socket?: string },
  ...args: readonly string[]
): Promise<Run> {
  const socket = about.socket ?? about.host.lab.socket;
  const line = [about.program, "-p", "w1", "-f", join(about.w1.directory, "compose.yaml"), ...args];
  return timedProgram(line, { env: { DOCKER_HOST: `unix://${socket}` } });
}

/** The agent's executable on this machine, within the host's network and with the host's files and engine. */
export async function agentProgram(
  { pid, root, lab }: BenchHost,
  args: readonly string[],
  options: { readonly image: string; readonly socket?: string },
): Promise<Run> {
  const places = [
    "--socket",
    options.socket ?? lab.socket,
    "--host-root",
    root,
    "--image",
    options.image,
    "--config",
    `${root}/etc/flexkube/host.yaml`,
    "--state",
    `${root}/var/lib/flexkube`,
  ];
  return timedProgram(["nsenter", `--net=/proc/${pid}/ns/net`, programPath("flexkube-agent"), ...args, ...places]);
}
