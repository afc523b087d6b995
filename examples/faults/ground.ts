// One lab host with the configs that agents are killed between, and the ways to bring it from one to another.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentImage } from "#lab/images.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { runAgentOutside } from "#lab/outside-agent.ts";
import type { OutsideAgentOptions } from "#lab/outside-agent.ts";
import { hostWorld } from "./host-world.ts";
import type { HostWorld } from "./host-world.ts";
import { killAtCall } from "./kill-at-call.ts";
import type { Kill, Killed } from "./kill-at-call.ts";

export type ConfigName = "plain" | "updated" | "removed" | "broken";

/** "nothing" is a host without anything of the agent's, its state included. */
export type Beginning = ConfigName | "nothing";

/** What cluster.yaml becomes for each config. */
const edits: Readonly<Record<ConfigName, (text: string) => string>> = {
  plain: (text) => text,
  updated: (text) =>
    text.replace("etcd:\n  hosts: all\n", '$&  extraArgs: ["--snapshot-count=5000"]\n').replaceAll("one\\n", "two\\n"),
  removed: (text) => edits.updated(text).replace(/^containers:\n[^]*/m, ""),
  broken: (text) =>
    edits
      .updated(text)
      .replace(/probe: { settle: .*/, "probe: { tcp: { port: 1 }, interval: 50ms, deadline: 1s }")
      .replace("hello", "bye"),
};

const places = ["/etc/kubernetes", "/etc/greeter"];
const mostTicks = 10;

export type Ground = {
  /** Makes the host as it is under this config. */
  readonly bring: (config: Beginning) => Promise<void>;
  /** Lets agents run undisturbed until one finds nothing to do; gives how many had something to do. */
  readonly converge: (config: ConfigName) => Promise<number>;
  /** One agent, killed at one of its calls. */
  readonly applyAndKill: (config: ConfigName, kill: Kill) => Promise<Killed>;
  readonly world: () => Promise<HostWorld>;
  /** Through etcd, which must run. */
  readonly writeData: (value: string) => Promise<void>;
  readonly readData: () => Promise<string>;
  readonly remove: () => Promise<void>;
};

/** On the first host of the lab, with a PKI of its own. */
export async function createGround(lab: Lab): Promise<Ground> {
  const [host] = lab.hosts;
  if (host === undefined) throw new Error("the lab has no host");
  const cluster = await createCluster(lab, "faults");
  const configs = await writeConfigs(cluster, host.name);
  const state = await mkdtemp(join(tmpdir(), "flexkube-state-"));
  const { reference: image } = await agentImage();
  const args = ["apply", "--allow-older"];
  const agent = (config: ConfigName): OutsideAgentOptions => ({ image, args, config: configs[config], state });
  let at: Beginning | undefined;
  const converge = async (config: ConfigName): Promise<number> => {
    const seen: string[] = [];
    for (let ticks = 0; ticks <= mostTicks; ticks++) {
      const { stdout, stderr } = await runAgentOutside(host, agent(config));
      at = config;
      if (isSettled(config, stdout, stderr)) return ticks;
      seen.push(stdout + stderr);
    }
    throw new Error(`not settled after ${mostTicks} ticks:\n${seen.join("--\n")}`);
  };
  return {
    bring: async (config) => {
      if (config === at) return;
      if (config === "nothing") await wipe(host, state);
      else await converge(config);
      at = config;
    },
    converge,
    applyAndKill: async (config, kill) => {
      at = undefined;
      return killAtCall(host, agent(config), kill);
    },
    world: async () => hostWorld(host, places, state),
    writeData: async (value) => {
      await cluster.etcdctl(host, "put", "kept", value);
    },
    readData: async () => (await cluster.etcdctl(host, "get", "--print-value-only", "kept")).trim(),
    remove: async () => {
      await cluster.remove();
      await rm(state, { recursive: true, force: true });
    },
  };
}

async function wipe(host: LabHost, state: string): Promise<void> {
  const ids = (await host.docker("ps", "-aq")).split("\n").filter((id) => id !== "");
  if (ids.length > 0) await host.docker("rm", "-f", "-v", ...ids);
  await host.exec("rm", "-rf", "/var/lib/etcd", ...places);
  await rm(state, { recursive: true, force: true });
}

/** A config that does not work is settled when it has been found out and the one before is in force again. */
function isSettled(config: ConfigName, stdout: string, stderr: string): boolean {
  if (config === "broken") return stdout === "failed\n" && /^! greeter: .*\(rejected\)$/m.test(stderr);
  return stdout === "nothing to do\n";
}

async function writeConfigs(cluster: Cluster, host: string): Promise<Readonly<Record<ConfigName, string>>> {
  const original = await readFile(join(cluster.directory, "cluster.yaml"), "utf8");
  const write = async (name: ConfigName): Promise<string> => {
    await cluster.edit(() => edits[name](original));
    await cluster.planner("split");
    const file = join(cluster.directory, `${name}.yaml`);
    await writeFile(file, await readFile(join(cluster.directory, "hosts", `${host}.yaml`)), { mode: 0o600 });
    return file;
  };
  return {
    plain: await write("plain"),
    updated: await write("updated"),
    removed: await write("removed"),
    broken: await write("broken"),
  };
}
