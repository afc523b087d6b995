// How a tick that finds nothing to do grows with the number of containers, each with two files.
import { stopAgent } from "#lab/agent.ts";
import { lookCalls } from "../bare-plan.ts";
import { deliver, watchAgent, withHosts } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import { median, slopeOf } from "../statistics.ts";
import { manyPlain } from "../w1.ts";
import { managedIds, nudgedTick } from "./no-op.ts";

const sizes = [6, 30, 100];
const warmUp = 10;

/** Milliseconds that one more container costs, from 6 to 100. */
export const growth: Benchmark = async ({ rounds = 11, progress }) =>
  withHosts(["agent"], async ({ agent: host }, images) => {
    const points: { x: number; y: number }[] = [];
    const bare: { x: number; y: number }[] = [];
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
      points.push({ x: size, y: median(ours) });
      bare.push({ x: size, y: median(floor) });
      await stopAgent(host.lab);
    }
    return [
      {
        work: "no-op tick",
        quantity: "wall, one more container",
        unit: "ms",
        ours: [slopeOf(points)],
        bare: [slopeOf(bare)],
        goals: [{ kind: "at-most", limit: 1 }],
      },
      ...points.map(({ x, y }, index) => ({
        work: "no-op tick",
        quantity: `wall, ${x} containers`,
        unit: "ms",
        ours: [y],
        bare: [bare[index]?.y ?? Number.NaN],
        goals: [],
      })),
    ];
  });
