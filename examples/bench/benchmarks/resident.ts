// What the agent's loop takes while nothing happens: memory after many ticks, and processor time at the usual interval.
import { setTimeout as sleep } from "node:timers/promises";
import { stopAgent } from "#lab/agent.ts";
import { clean, containerGroup, deliver, watchAgent, withHosts, type BenchHost } from "../bench-host.ts";
import type { Benchmark } from "../benchmark.ts";
import { firstContents } from "../w1.ts";
import { createW1 } from "../w1-host.ts";

const ticks = 1000;
const intervalMs = 60_000;
/** Two ticks at the usual interval, each with its jitter. */
const idleMs = 2 * (intervalMs + 5000);

/** Anonymous memory of the agent's container after half and all of 1,000 ticks, and the share of a core it takes idle. */
export const resident: Benchmark = async ({ progress }) =>
  withHosts(["agent"], async ({ agent: host }, images) => {
    const w1 = await createW1(host, images);
    try {
      const text = await w1.hostConfig(firstContents);
      const busy = await measureTicks(host, { text: fast(text), image: images.agent.reference, progress });
      await stopAgent(host.lab);
      const idle = await measureIdle(host, { text: slow(text), image: images.agent.reference, progress });
      const work = "resident agent";
      return [
        {
          work,
          quantity: `anonymous memory after ${ticks} ticks`,
          unit: "MiB",
          ours: [busy.end],
          goals: [{ kind: "at-most", limit: 64 }],
        },
        {
          work,
          quantity: "growth of it over the second half",
          unit: "MiB",
          ours: [busy.end - busy.half],
          goals: [{ kind: "at-most", limit: 2 }],
        },
        { work, quantity: "CPU of a tick, agent", unit: "ms", ours: [busy.agentMs], goals: [] },
        { work, quantity: "CPU of a tick, whole host", unit: "ms", ours: [busy.hostMs], goals: [] },
        {
          work,
          quantity: `CPU at an interval of 60 s`,
          unit: "% of a core",
          ours: [idle.percent],
          goals: [{ kind: "at-most", limit: 0.1 }],
        },
        { work, quantity: "anonymous memory, idle", unit: "MiB", ours: [idle.memory], goals: [] },
      ];
    } finally {
      await w1.remove();
      await clean(host);
    }
  });

/** One tick right after the other. */
function fast(text: string): string {
  const changed = withInterval(text, "1ms").replace(/^( +jitter: ).*$/m, "$10s");
  if (!changed.includes("jitter: 0s\n")) throw new Error("the host config names no jitter of the agent");
  return changed;
}

function slow(text: string): string {
  return withInterval(text, `${intervalMs / 1000}s`);
}

function withInterval(text: string, interval: string): string {
  // without the planner's mark, which says that nobody changed it
  const changed = text.replace(/^#.*\n/, "").replace(/^( +interval: ).*$/m, `$1${interval}`);
  if (!changed.includes(`interval: ${interval}\n`)) throw new Error("the host config names no interval of the agent");
  return changed;
}

type About = { readonly text: string; readonly image: string; readonly progress: (text: string) => void };

async function measureTicks(host: BenchHost, { text, image, progress }: About) {
  await deliver(host, text);
  const agent = await watchAgent(host, image);
  const group = await containerGroup(host, agent.id);
  progress("resident: half of the ticks");
  await agent.nextTick(ticks / 2 - 1);
  const half = await group.anonymousMiB();
  const count = (await agent.ticks()).length;
  const [own, all] = [await group.cpuMs(), await host.group.cpuMs()];
  progress("resident: the other half");
  await agent.nextTick(Math.max(ticks, count + 10) - 1);
  const done = (await agent.ticks()).length - count;
  return {
    half,
    end: await group.anonymousMiB(),
    agentMs: ((await group.cpuMs()) - own) / done,
    hostMs: ((await host.group.cpuMs()) - all) / done,
  };
}

async function measureIdle(host: BenchHost, { text, image, progress }: About) {
  await deliver(host, text);
  const agent = await watchAgent(host, image);
  const group = await containerGroup(host, agent.id);
  progress("resident: until the second tick, when all that a start brings with it is over");
  await agent.nextTick(1, ({ result }) => result === "settled");
  const before = await group.cpuMs();
  const begun = performance.now();
  progress(`resident: ${idleMs / 1000} s of idling`);
  await sleep(idleMs);
  const percent = (((await group.cpuMs()) - before) / (performance.now() - begun)) * 100;
  return { percent, memory: await group.anonymousMiB() };
}
