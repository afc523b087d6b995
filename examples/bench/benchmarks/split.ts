// The planner's split of many hosts: etcd on five, a load balancer on all; the first time, and again with nothing to do.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eachRound, type Benchmark } from "../benchmark.ts";
import { median } from "../statistics.ts";
import { timedProgram, type Run } from "../timed-program.ts";
import { manyHosts } from "../w1.ts";
import { programPath } from "../w1-host.ts";

const few = 1000;
const many = 10_000;

export type Split = { readonly first: Run; readonly again: Run };

/** Wall and memory for 1,000 hosts, and how much more a host costs among 10,000. */
export const split: Benchmark = async ({ rounds = 3, progress }) => {
  const runs: Split[] = [];
  await eachRound(rounds, { what: `split of ${few} hosts`, progress }, async () => {
    runs.push(await splitTwice(manyHosts(few)));
  });
  progress(`split of ${many} hosts`);
  const large = await splitTwice(manyHosts(many));
  const work = `split of ${few} hosts`;
  const first = runs.map((run) => run.first.wallMs / 1000);
  const again = runs.map((run) => run.again.wallMs / 1000);
  const peaks = runs.map((run) => Math.max(run.first.peakMiB, run.again.peakMiB));
  const perHost = (large.first.cpuMs / median(runs.map((run) => run.first.cpuMs)) / many) * few;
  return [
    { work, quantity: "wall, first", unit: "s", ours: first, goals: [{ kind: "at-most", limit: 20 }] },
    { work, quantity: "wall, again", unit: "s", ours: again, goals: [{ kind: "at-most", limit: 8 }] },
    { work, quantity: "most memory", unit: "MiB", ours: peaks, goals: [{ kind: "at-most", limit: 700 }] },
    {
      work: `split of ${many} hosts`,
      quantity: "CPU a host, of that with 1,000",
      unit: "",
      ours: [perHost],
      goals: [{ kind: "at-most", limit: 1.2 }],
    },
    {
      work: `split of ${many} hosts`,
      quantity: "most memory",
      unit: "MiB",
      ours: [Math.max(large.first.peakMiB, large.again.peakMiB)],
      goals: [],
    },
  ];
};

/** The first split of a cluster config, and another one with nothing to do. */
export async function splitTwice(clusterConfig: string): Promise<Split> {
  const cwd = await mkdtemp(join(tmpdir(), "flexkube-bench-"));
  try {
    await writeFile(join(cwd, "cluster.yaml"), clusterConfig);
    const first = await timedProgram([programPath("flexkube-planner"), "split"], { cwd });
    const again = await timedProgram([programPath("flexkube-planner"), "split"], { cwd });
    return { first, again };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
