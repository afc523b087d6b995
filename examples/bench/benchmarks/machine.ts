// The first start of W1 and the tick that finds nothing to do on a host as users have it (Debian 13, systemd, cgroup v2), against the
// same calls by a program within that host.
import { runAgentOnce, startAgent, stopAgent } from "#lab/agent.ts";
import { ticksOf, waitedMs } from "../agent-log.ts";
import { bareClient, type BareCall } from "../bare-client.ts";
import { lookCalls, planCalls } from "../bare-plan.ts";
import { clean, deliver, nudge } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import { settledTick, ticksOn, withMachine, type MachineHost } from "../machine-host.ts";
import { firstContents } from "../w1.ts";
import { createW1, emptyHostLedger, planNow } from "../w1-host.ts";
import { managedIds } from "./no-op.ts";

/** Ticks until the engine of JavaScript knows the agent's code. */
const warmUp = 10;

type Took = { readonly ms: number; readonly cpuSeconds: number };
type Turns = { readonly ours: Took[]; readonly bare: Took[] };

/** Wall, and processor time of the whole machine. */
export const machine: Benchmark = async ({ rounds = 5, progress }) =>
  withMachine(async (host, images) => {
    const w1 = await createW1(host, images);
    const image = images.agent.reference;
    try {
      const text = await w1.hostConfig(firstContents);
      const calls = await firstCalls(host, text, image);
      const start: Turns = { ours: [], bare: [] };
      await eachRound(rounds, { what: "first start on a machine", progress }, async () => {
        start.ours.push(await apply(host, text, image));
        start.bare.push(await withCpu(host, async () => (await clean(host), host.bare(calls))));
      });
      await clean(host);
      await deliver(host, text);
      const tick = await noOpTurns(host, { rounds: rounds * 2, image, progress });
      return [...figuresOf("first start on a machine", start), ...figuresOf("no-op tick on a machine", tick)];
    } finally {
      await w1.remove();
    }
  });

function figuresOf(work: string, { ours, bare }: Turns): readonly Figure[] {
  const figure = (quantity: string, unit: string, of: (took: Took) => number): Figure => ({
    work,
    quantity,
    unit,
    ours: ours.map(of),
    bare: bare.map(of),
    goals: [],
  });
  return [
    { ...figure("wall of the tick", "ms", ({ ms }) => ms), goals: [{ kind: "of-bare", factor: 1.3 }] },
    figure("CPU of the machine", "s", ({ cpuSeconds }) => cpuSeconds),
  ];
}

async function withCpu({ lab }: MachineHost, act: () => Promise<number>): Promise<Took> {
  const before = await lab.cpuSeconds();
  const ms = await act();
  return { ms, cpuSeconds: (await lab.cpuSeconds()) - before };
}

async function firstCalls(
  { lab, emptyRoot }: MachineHost,
  text: string,
  selfImage: string,
): Promise<readonly BareCall[]> {
  const { plan, desired } = await planNow({ lab, root: emptyRoot }, text, emptyHostLedger);
  return [...lookCalls([]), ...(await planCalls(plan.steps, { desired, selfImage }))];
}

async function apply(host: MachineHost, text: string, image: string): Promise<Took> {
  return withCpu(host, async () => {
    await clean(host);
    await deliver(host, text);
    const { stderr } = await runAgentOnce(host.lab, ["apply", "--log-level", "debug"], { image });
    const tick = ticksOf(stderr).at(-1);
    if (tick?.result !== "changed") throw new Error(`the first start did not succeed: ${stderr}`);
    return tick.ms - waitedMs(tick);
  });
}

type NoOp = { readonly rounds: number; readonly image: string; readonly progress: (text: string) => void };

async function noOpTurns(host: MachineHost, { rounds, image, progress }: NoOp): Promise<Turns> {
  const args = ["run", "--log-level", "debug"];
  await startAgent(host.lab, { image, args, dockerArgs: ["--no-healthcheck"] });
  await settledTick(host, 0);
  const ids = await managedIds(host);
  const look = lookCalls(ids);
  const outside = bareClient(host.lab.socket);
  const nudged = async (): Promise<number> => {
    const count = (await ticksOn(host)).length;
    await nudge({ bare: outside }, ids[0] ?? "");
    return (await settledTick(host, count)).ms;
  };
  for (let round = 0; round < warmUp; round++) await nudged();
  const turns: Turns = { ours: [], bare: [] };
  await eachRound(rounds, { what: "no-op tick on a machine", progress }, async () => {
    turns.ours.push(await withCpu(host, nudged));
    turns.bare.push(await withCpu(host, async () => host.bare(look)));
  });
  outside.close();
  await stopAgent(host.lab);
  return turns;
}
