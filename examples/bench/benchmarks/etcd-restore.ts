// What a restore of a member of etcd with 500 MB takes beside etcdutl alone.
import { join } from "node:path";
import { agentContainer } from "#lab/agent.ts";
import { waitedMs } from "../agent-log.ts";
import { deliver, type BenchHost } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import { backups } from "../etcd-host.ts";
import { byAgent, usualMegabytes, withFilledEtcd } from "../filled-etcd.ts";
import type { FilledEtcd } from "../filled-etcd.ts";

export const etcdRestore: Benchmark = async (options) =>
  withFilledEtcd(options, async (filled) => {
    const { rounds = 3, megabytes = usualMegabytes, progress } = options;
    await byAgent(filled.host, "take");
    const [ours, bare]: [number[], number[]] = [[], []];
    await eachRound(rounds, { what: "etcd, restore", progress }, async () => {
      ours.push(await restoreByAgent(filled, progress));
      bare.push(await restoreAlone(filled.host, filled.images.w1.etcd));
      progress(`etcd, restore: etcdutl alone ${bare.at(-1)?.toFixed(0) ?? ""} ms`);
    });
    return [
      {
        work: `etcd of ${megabytes} MB`,
        quantity: "restore: the tick, and etcdutl alone",
        unit: "ms",
        ours,
        bare,
        goals: [{ kind: "of-bare", factor: 1.5 }],
      },
    ];
  });

async function newestBackup({ lab }: BenchHost): Promise<string> {
  const told = await lab.docker("exec", agentContainer, "/flexkube-agent", "backup", "list");
  const [name = ""] = told.split(" ");
  return name;
}

/** The tick in which it is found, read, restored and put in place, without the waits for probes. */
async function restoreByAgent({ host, agent, member }: FilledEtcd, progress: (text: string) => void): Promise<number> {
  const snapshot = join(backups, await newestBackup(host));
  // an agent that has read a file knows it until it changes; the planner's run is time enough for the change to be an old one
  await host.lab.exec("touch", snapshot);
  await member.planner("restore", "--again", "--snapshot", join(host.root, snapshot));
  const before = (await agent.ticks()).length;
  await deliver(host, await member.hostConfig());
  const isRestore = ({ steps }: { readonly steps: readonly { readonly step: string }[] }): boolean =>
    steps.some(({ step }) => step.startsWith("restore "));
  const tick = await agent.nextTick(before, isRestore);
  await agent.nextTick(before, ({ result, endedAt }) => result === "settled" && endedAt > tick.endedAt);
  await host.lab.exec("sh", "-c", "rm -rf /var/lib/etcd/before-*");
  const steps = tick.steps.map(({ step, ms }) => `${step.split(" (")[0] ?? ""} ${ms} ms`);
  progress(`etcd, restore: a tick of ${tick.ms} ms; ${steps.join("; ")}`);
  return tick.ms - waitedMs(tick);
}

/** As an operator would type it: a container of the member's image, waited for. */
async function restoreAlone({ bare, lab }: BenchHost, image: string): Promise<number> {
  const place = "/var/lib/alone";
  await lab.exec("mkdir", "-p", place);
  const [name = ""] = (await lab.exec("ls", "-t", backups)).split("\n").filter((one) => one.endsWith(".db"));
  const ms = await bare.run([
    {
      method: "POST",
      path: "/containers/create",
      saves: "etcdutl",
      body: {
        Image: image,
        Entrypoint: ["etcdutl"],
        Cmd: ["snapshot", "restore", `/snapshot/${name}`, "--data-dir=/data/restored"],
        HostConfig: { NetworkMode: "none", Binds: [`${place}:/data`, `${backups}:/snapshot:ro`] },
      },
    },
    { method: "POST", path: "/containers/{etcdutl}/start" },
    { method: "POST", path: "/containers/{etcdutl}/wait" },
    { method: "DELETE", path: "/containers/{etcdutl}" },
  ]);
  const made = await lab.exec("ls", `${place}/restored/member/snap`);
  if (!made.includes("db")) throw new Error("etcdutl has made no data");
  await lab.exec("rm", "-rf", place);
  return ms;
}
