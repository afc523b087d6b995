// A tick of the running agent that finds nothing to do, against one list and its inspects, and against `compose up`.
import { readFile } from "node:fs/promises";
import { stopAgent } from "#lab/agent.ts";
import { startProxy, type ProxiedRequest } from "#lab/proxy.ts";
import type { LoggedTick } from "../agent-log.ts";
import { clean, deliver, nudge, watchAgent, withHosts, type BenchHost, type WatchedAgent } from "../bench-host.ts";
import { lookCalls } from "../bare-plan.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import { firstContents } from "../w1.ts";
import { compose, composeProgram, createW1, prepareCompose } from "../w1-host.ts";

/** Ticks until the engine of JavaScript knows the agent's code. */
const warmUp = 30;

/** Wall and engine calls of a tick of W1. */
export const noOp: Benchmark = async ({ rounds = 21, progress }) =>
  withHosts(["agent", "compose"], async (hosts, images) => {
    const w1 = await createW1(hosts.agent, images);
    const theirs = await createW1(hosts.compose, images);
    const program = await composeProgram();
    try {
      const text = await w1.hostConfig(firstContents);
      await deliver(hosts.agent, text);
      progress("no-op: counting calls");
      const calls = await countCalls(hosts.agent, images.agent.reference);
      const agent = await watchAgent(hosts.agent, images.agent.reference);
      await agent.nextTick(0, ({ result }) => result === "settled");
      for (let round = 0; round < warmUp; round++) await nudgedTick(hosts.agent, agent);
      await prepareCompose(hosts.compose, theirs, await theirs.hostConfig(firstContents));
      await compose({ host: hosts.compose, w1: theirs, program }, "up", "-d");
      const look = lookCalls(await managedIds(hosts.agent));
      const [ours, bare, other]: [number[], number[], number[]] = [[], [], []];
      await eachRound(rounds, { what: "no-op", progress }, async () => {
        ours.push(await nudgedTick(hosts.agent, agent));
        bare.push(await hosts.agent.bare.run(look));
        other.push((await compose({ host: hosts.compose, w1: theirs, program }, "up", "-d")).wallMs);
      });
      return figuresOf({ ours, bare, other, calls, look: look.length });
    } finally {
      await w1.remove();
      await theirs.remove();
      await clean(hosts.agent);
    }
  });

type Findings = {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
  readonly other: readonly number[];
  readonly calls: Calls;
  /** Calls of a bare look. */
  readonly look: number;
};

function figuresOf({ ours, bare, other, calls, look }: Findings): readonly Figure[] {
  const work = "no-op tick";
  return [
    {
      work,
      quantity: "wall, with its report",
      unit: "ms",
      ours,
      bare,
      compose: other,
      goals: [{ kind: "at-most", limit: 25 }, { kind: "below-compose" }],
    },
    {
      work,
      quantity: "engine calls",
      unit: "",
      ours: [calls.all],
      bare: [look],
      goals: [{ kind: "at-most", limit: look }],
    },
    { work, quantity: "mutating calls", unit: "", ours: [calls.mutating], goals: [{ kind: "at-most", limit: 0 }] },
  ];
}

/** Makes the agent look and resolves to what its tick took until the report was written, in milliseconds. */
export async function nudgedTick(host: BenchHost, agent: WatchedAgent): Promise<number> {
  const count = (await agent.ticks()).length;
  await nudge(host, await oneOf(host));
  return wholeMs(host, await agent.nextTick(count, ({ result }) => result === "settled"));
}

/** The line about a tick is written after its report, which says when the tick began. */
async function wholeMs({ root }: BenchHost, tick: LoggedTick): Promise<number> {
  const report: unknown = JSON.parse(await readFile(`${root}/var/lib/flexkube/report.json`, "utf8"));
  // the agent's own report
  const { writtenAt, durationMs } = report as { readonly writtenAt: string; readonly durationMs: number };
  return tick.endedAt - Date.parse(writtenAt) + durationMs;
}

/** Ids of the containers that the agent keeps. */
export async function managedIds({ lab }: Pick<BenchHost, "lab">): Promise<readonly string[]> {
  const told = await lab.docker("ps", "-aq", "--no-trunc", "--filter", "label=flexkube.spec");
  return told.split(/\s+/).filter((id) => id !== "");
}

async function oneOf(host: BenchHost): Promise<string> {
  const [id] = await managedIds(host);
  if (id === undefined) throw new Error("the agent keeps no container");
  return id;
}

type Calls = { readonly all: number; readonly mutating: number };

/** Calls of one settled tick, by an agent that reaches its engine through a recording socket. */
async function countCalls(host: BenchHost, image: string): Promise<Calls> {
  const proxy = await startProxy(host.lab);
  try {
    const agent = await watchAgent(host, image, ["--socket", proxy.socketForAgent]);
    await agent.nextTick(0, ({ result }) => result === "settled");
    // the first one of a life looks once more at a container of which it hears for the first time
    await nudgedTick(host, agent);
    const from = proxy.requests.length;
    await nudgedTick(host, agent);
    const during = proxy.requests.slice(from).filter(isOfTick);
    await stopAgent(host.lab);
    return { all: during.length, mutating: during.filter(({ mutating }) => mutating).length };
  } finally {
    await proxy.close();
  }
}

/** The stream of events is open all the time; a broken one that is opened anew belongs to no tick. */
function isOfTick({ path }: ProxiedRequest): boolean {
  return !path.startsWith("/events");
}
