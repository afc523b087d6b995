// One lab host with a member of etcd that holds data, a backup of it, and the host configs before and with a restore of that backup.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage } from "#lab/images.ts";
import type { Lab } from "#lab/lab.ts";
import { runAgentOutside } from "#lab/outside-agent.ts";
import type { OutsideAgentOptions } from "#lab/outside-agent.ts";
import { hostWorld } from "./host-world.ts";
import type { HostWorld } from "./host-world.ts";
import { killAtCall } from "./kill-at-call.ts";
import type { Kill, Killed } from "./kill-at-call.ts";

type ConfigName = "former" | "restore";

const data = "/var/lib/etcd";
const saved = "/var/lib/etcd-saved";
const backups = "/var/lib/flexkube-backup";
const places = ["/etc/kubernetes"];
const mostTicks = 10;
const deadlineMs = 60_000;
/** How many backups are kept. */
export const keep = 3;

/** What etcd holds and what its data directory looks like; two are equal when nobody can tell what happened. */
export type EtcdWorld = {
  readonly host: HostWorld;
  /** Names in the data directory and in `member`. */
  readonly data: readonly string[];
  /** Keys and values by etcd itself. */
  readonly keys: string;
  /** Whether the data that was put aside has what was written after the snapshot. */
  readonly isFormerKept: boolean;
};

export type EtcdGround = {
  /** The member under the host config without a restore, with the data of then. */
  readonly bringFormer: () => Promise<void>;
  readonly applyAndKill: (kill: Kill) => Promise<Killed>;
  /** Lets agents run undisturbed until one finds nothing to do; gives how many had something to do. */
  readonly converge: () => Promise<number>;
  readonly world: () => Promise<EtcdWorld>;
  /** `backup take`, killed at one of its calls. */
  readonly takeAndKill: (kill: Kill) => Promise<Killed>;
  /** `backup` with these words, to its end; what it says on standard output. Throws for an exit code. */
  readonly backup: (...words: readonly string[]) => Promise<string>;
  /** Names in the directory of backups. */
  readonly files: () => Promise<readonly string[]>;
  /** Names of containers that are left over. */
  readonly helpers: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
};

/** On the first host of the lab, with a PKI of its own. */
export async function createEtcdGround(lab: Lab): Promise<EtcdGround> {
  const [host] = lab.hosts;
  if (host === undefined) throw new Error("the lab has no host");
  const cluster = await createCluster(lab, "faults");
  const state = await mkdtemp(join(tmpdir(), "flexkube-state-"));
  const { reference: image } = await agentImage();
  const agent = (config: ConfigName, ...args: readonly string[]): OutsideAgentOptions => ({
    image,
    args,
    config: join(cluster.directory, `${config}.yaml`),
    state,
  });
  const apply = (config: ConfigName): OutsideAgentOptions => agent(config, "apply", "--allow-older");
  const converge = async (config: ConfigName): Promise<number> => settle(host, apply(config));
  const backup = async (...words: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runAgentOutside(host, agent("former", "backup", ...words));
    if (exitCode !== 0) throw new Error(`backup ${words.join(" ")}: exit code ${exitCode}\n${stderr}${stdout}`);
    return stdout;
  };
  await writeConfig(cluster, host, "former");
  await converge("former");
  await prepareData({ cluster, host, backup });
  return {
    bringFormer: async () => {
      await host.docker("rm", "-f", `etcd-${host.name}`);
      await host.exec("sh", "-euc", `rm -rf ${data}; cp -a ${saved} ${data}`);
      await converge("former");
    },
    applyAndKill: async (kill) => killAtCall(host, apply("restore"), kill),
    converge: async () => converge("restore"),
    world: async () => worldOf({ cluster, host, state }),
    takeAndKill: async (kill) => killAtCall(host, agent("former", "backup", "take"), kill),
    backup,
    files: async () => lines(await host.exec("ls", "-A", backups)),
    helpers: async () =>
      lines(await host.docker("ps", "-a", "--format", "{{.Names}}")).filter((name) => name.startsWith("flexkube-")),
    remove: async () => {
      await cluster.remove();
      await rm(state, { recursive: true, force: true });
    },
  };
}

type Place = { readonly cluster: Cluster; readonly host: LabHost };

/** Without the plain container of the example, which has nothing to do with it. */
async function writeConfig(cluster: Cluster, host: LabHost, name: ConfigName): Promise<void> {
  if (name === "former") {
    await cluster.edit((text) => changedYaml(text, { containers: undefined, "etcd.backup": { every: "168h", keep } }));
    await cluster.planner("split");
  }
  const text = await readFile(join(cluster.directory, "hosts", `${host.name}.yaml`));
  await writeFile(join(cluster.directory, `${name}.yaml`), text, { mode: 0o600 });
}

/** One key before the backup and one after it; the host config of its restore; a copy of the data to begin from again. */
async function prepareData({
  cluster,
  host,
  backup,
}: Place & { readonly backup: EtcdGround["backup"] }): Promise<void> {
  await cluster.etcdctl(host, "put", "kept", "before the snapshot");
  const [name = ""] = (await backup("take")).split(" ");
  await cluster.etcdctl(host, "put", "gone", "after the snapshot");
  await writeFile(join(cluster.directory, "snapshot.db"), await host.readFile(`${backups}/${name}`), { mode: 0o600 });
  await cluster.planner("restore", "--snapshot", "snapshot.db");
  await writeConfig(cluster, host, "restore");
  // backups come and go in the rows; this one is found wherever it is looked for
  await host.exec("mkdir", "-p", "-m", "0700", "/var/lib/flexkube/restore");
  await host.copyIn(join(cluster.directory, "snapshot.db"), "/var/lib/flexkube/restore/snapshot.db", 0o600);
  await host.docker("stop", `etcd-${host.name}`);
  await host.exec("cp", "-a", data, saved);
  await host.docker("start", `etcd-${host.name}`);
  await eventually(async () => cluster.etcdctl(host, "get", "kept"), { what: "etcd answers again", deadlineMs });
}

async function settle(host: LabHost, options: OutsideAgentOptions): Promise<number> {
  const seen: string[] = [];
  for (let ticks = 0; ticks <= mostTicks; ticks++) {
    const { stdout, stderr } = await runAgentOutside(host, options);
    if (stdout === "nothing to do\n") return ticks;
    seen.push(stdout + stderr);
  }
  throw new Error(`not settled after ${mostTicks} ticks:\n${seen.join("--\n")}`);
}

async function worldOf({ cluster, host, state }: Place & { readonly state: string }): Promise<EtcdWorld> {
  const find = `cd ${data}; for name in * member/*; do echo "$name $(stat -c '%a %u' "$name")"; done`;
  const aside = await host.exec("sh", "-c", `grep -l 'after the snapshot' ${data}/before-*/member*/snap/db || true`);
  return {
    host: await hostWorld(host, places, state),
    data: lines(await host.exec("sh", "-euc", find)),
    keys: await cluster.etcdctl(host, "get", "--prefix", ""),
    isFormerKept: aside.trim() !== "",
  };
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
