// The planner's split of 1,000 nodes with Kubernetes, three of them its control plane: the first time, and again with nothing to do.
import { eachRound, type Benchmark } from "../benchmark.ts";
import { manyNodes } from "../w1.ts";
import { splitTwice, type Split } from "./split.ts";

const nodes = 1000;

/** Wall and memory; the first one issues 4,000 certificates. */
export const splitKubernetes: Benchmark = async ({ rounds = 2, progress }) => {
  const runs: Split[] = [];
  await eachRound(rounds, { what: `split of ${nodes} nodes`, progress }, async () => {
    runs.push(await splitTwice(manyNodes(nodes)));
  });
  const work = `split of ${nodes} nodes`;
  const first = runs.map((run) => run.first.wallMs / 1000);
  const again = runs.map((run) => run.again.wallMs / 1000);
  const peaks = runs.map((run) => Math.max(run.first.peakMiB, run.again.peakMiB));
  return [
    { work, quantity: "wall, first", unit: "s", ours: first, goals: [{ kind: "at-most", limit: 45 }] },
    { work, quantity: "wall, again", unit: "s", ours: again, goals: [{ kind: "at-most", limit: 10 }] },
    { work, quantity: "most memory", unit: "MiB", ours: peaks, goals: [] },
  ];
};
