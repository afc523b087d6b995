// How a tick that finds nothing to do grows with the number of containers, each with two files.
import { stopAgent } from "#lab/agent.ts";
import { lookCalls } from "../bare-plan.ts";
import { deliver, watchAgent, withHosts } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import { median, slopeOf } from "../statistics.ts";
import { manyPlain } from "../w1.ts";
import { managedIds, nudgedTick } from "./no-op.ts";

const sizes = [6, 30, 100];
const warmUp = 10;

/** Milliseconds that one more container costs, from 6 to 100. */
export const growth: Benchmark = async ({ rounds = 11, progress }) =>
  withHosts(["agent"], async ({ agent: host }, images) => {
    const found: Found[] = [];
    for (const size of sizes) {
      progress(`growth: ${size} containers`);
      await deliver(host, manyPlain(size, images.w1.plain));
      const agent = await watchAgent(host, images.agent.reference);
      await agent.nextTick(0, ({ result }) => result === "settled");
      for (let round = 0; round < warmUp; round++) await nudgedTick(host, agent);
      const look = lookCalls(await managedIds(host));
      const [ours, floor]: [number[], number[]] = [[], []];
      await eachRound(rounds, { what: `growth, ${size} containers`, progress }, async () => {
        ours.push(await nudgedTick(host, agent));
        floor.push(await host.bare.run(look));
      });
      found.push({ size, ours, bare: floor });
      await stopAgent(host.lab);
    }
    return figuresOf(found);
  });

type Found = { readonly size: number; readonly ours: readonly number[]; readonly bare: readonly number[] };

function figuresOf(found: readonly Found[]): readonly Figure[] {
  const work = "no-op tick";
  const slope = (side: "ours" | "bare", one: (samples: readonly number[]) => number): readonly number[] => [
    slopeOf(found.map((at) => ({ x: at.size, y: one(at[side]) }))),
  ];
  const least = (samples: readonly number[]): number => Math.min(...samples);
  return [
    {
      work,
      quantity: "wall, one more container, of medians",
      unit: "ms",
      ours: slope("ours", median),
      bare: slope("bare", median),
      goals: [
        { kind: "at-most", limit: 1 },
        { kind: "of-bare", factor: 1.3 },
      ],
    },
    {
      work,
      quantity: "wall, one more container, of least",
      unit: "ms",
      ours: slope("ours", least),
      bare: slope("bare", least),
      goals: [
        { kind: "at-most", limit: 1 },
        { kind: "of-bare", factor: 1.3 },
      ],
    },
    ...found.map(({ size, ours, bare }) => ({
      work,
      quantity: `wall, ${size} containers`,
      unit: "ms",
      ours,
      bare,
      goals: [],
    })),
  ];
}
