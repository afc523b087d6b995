// From an empty host with the images to six running containers and 14 delivered files: by `flexkube-agent apply`, by
// the same calls alone, and by `docker compose up` with the files as `configs:`.
import { startProxy } from "#lab/proxy.ts";
import { ticksOf, waitedMs } from "../agent-log.ts";
import { planCalls, lookCalls } from "../bare-plan.ts";
import type { BareCall } from "../bare-client.ts";
import { clean, deliver, withHosts, type BenchHost } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import { firstContents } from "../w1.ts";
import {
  agentProgram,
  compose,
  composeProgram,
  createW1,
  emptyHostLedger,
  planNow,
  prepareCompose,
  type W1,
} from "../w1-host.ts";

type Took = { readonly wall: number; readonly inner: number; readonly cpu: number; readonly hostCpu: number };

/** Wall, calls and processor time; waits for probes are not counted. */
export const firstStart: Benchmark = async ({ rounds = 7, progress }) =>
  withHosts(["agent", "bare", "compose"], async (hosts, images) => {
    const image = images.agent.reference;
    const [own, theirs] = [await createW1(hosts.agent, images), await createW1(hosts.compose, images)];
    const floor = await createW1(hosts.bare, images);
    const program = await composeProgram();
    const [ours, bare, other]: [Took[], Took[], Took[]] = [[], [], []];
    try {
      const [text, floorText, theirText] = await Promise.all(
        [own, floor, theirs].map((w1) => w1.hostConfig(firstContents)),
      );
      const calls = await firstCalls(hosts.bare, floorText ?? "", image);
      const counts = {
        ours: await countApply(hosts.agent, text ?? "", image),
        compose: await countUp(hosts.compose, { w1: theirs, program, text: theirText ?? "" }),
      };
      await eachRound(rounds, { what: "first start", progress }, async () => {
        ours.push(await apply(hosts.agent, text ?? "", image));
        bare.push(await runBare(hosts.bare, calls));
        other.push(await up(hosts.compose, { w1: theirs, program, text: theirText ?? "" }));
      });
      return figuresOf({ ours, bare, other, counts: { ...counts, bare: calls.length } });
    } finally {
      for (const w1 of [own, floor, theirs]) await w1.remove();
    }
  });

type Findings = {
  readonly ours: readonly Took[];
  readonly bare: readonly Took[];
  readonly other: readonly Took[];
  readonly counts: { readonly ours: number; readonly bare: number; readonly compose: number };
};

function figuresOf({ ours, bare, other, counts }: Findings): readonly Figure[] {
  const work = "first start";
  return [
    {
      work,
      quantity: "wall of the tick",
      unit: "ms",
      ours: ours.map(({ inner }) => inner),
      bare: bare.map(({ inner }) => inner),
      goals: [{ kind: "of-bare", factor: 1.3 }],
    },
    {
      work,
      quantity: "wall of the program",
      unit: "ms",
      ours: ours.map(({ wall }) => wall),
      compose: other.map(({ wall }) => wall),
      goals: [{ kind: "below-compose" }],
    },
    {
      work,
      quantity: "CPU, host and program",
      unit: "ms",
      ours: ours.map(({ cpu }) => cpu),
      bare: bare.map(({ cpu }) => cpu),
      compose: other.map(({ cpu }) => cpu),
      goals: [{ kind: "below-compose" }],
    },
    {
      work,
      quantity: "CPU, host alone",
      unit: "ms",
      ours: ours.map(({ hostCpu }) => hostCpu),
      bare: bare.map(({ hostCpu }) => hostCpu),
      compose: other.map(({ hostCpu }) => hostCpu),
      goals: [{ kind: "below-compose" }],
    },
    {
      work,
      quantity: "engine calls but probes'",
      unit: "",
      ours: [counts.ours],
      bare: [counts.bare],
      compose: [counts.compose],
      goals: [{ kind: "at-most", limit: 25 }, { kind: "below-compose" }],
    },
  ];
}

/** Processor time of the host's own programs and containers while `act` ran. */
async function withCpu(host: BenchHost, act: () => Promise<Program>): Promise<Took> {
  const before = await host.group.cpuMs();
  const { wall, inner, programCpu } = await act();
  const hostCpu = (await host.group.cpuMs()) - before;
  return { wall, inner, hostCpu, cpu: hostCpu + programCpu };
}

type Program = { readonly wall: number; readonly inner: number; readonly programCpu: number };

async function apply(host: BenchHost, text: string, image: string): Promise<Took> {
  await clean(host);
  await deliver(host, text);
  return withCpu(host, async () => {
    const run = await agentProgram(host, ["apply", "--log-level", "debug"], { image });
    const tick = ticksOf(run.stderr).at(-1);
    if (tick?.result !== "changed") throw new Error(`the first start did not succeed: ${run.stderr}`);
    const waited = waitedMs(tick);
    return { wall: run.wallMs - waited, inner: tick.ms - waited, programCpu: run.cpuMs };
  });
}

async function runBare(host: BenchHost, calls: readonly BareCall[]): Promise<Took> {
  await clean(host);
  return withCpu(host, async () => {
    const before = process.cpuUsage();
    const ms = await host.bare.run(calls);
    const { user, system } = process.cpuUsage(before);
    return { wall: ms, inner: ms, programCpu: (user + system) / 1000 };
  });
}

type Theirs = { readonly w1: W1; readonly program: string; readonly text: string };

async function up(host: BenchHost, { w1, program, text }: Theirs, socket?: string): Promise<Took> {
  await clean(host);
  await prepareCompose(host, w1, text);
  return withCpu(host, async () => {
    const run = await compose({ host, w1, program, ...(socket === undefined ? {} : { socket }) }, "up", "-d");
    return { wall: run.wallMs, inner: run.wallMs, programCpu: run.cpuMs };
  });
}

/** The bare calls of the agent's first plan on an empty host. */
async function firstCalls(host: BenchHost, text: string, selfImage: string): Promise<readonly BareCall[]> {
  await clean(host);
  const { plan, desired } = await planNow(host, text, emptyHostLedger);
  return [...lookCalls([]), ...(await planCalls(plan.steps, { desired, selfImage }))];
}

/** All requests of `apply` but its event stream and the looks of its probe waits. */
async function countApply(host: BenchHost, text: string, image: string): Promise<number> {
  const proxy = await startProxy(host.lab);
  try {
    await clean(host);
    await deliver(host, text);
    await agentProgram(host, ["apply"], { image, socket: proxy.socket });
    return proxy.requests.filter(
      ({ path }) => !path.startsWith("/events") && !/^\/containers\/[a-z0-9-]+\/json/.test(path),
    ).length;
  } finally {
    await proxy.close();
  }
}

async function countUp(host: BenchHost, theirs: Theirs): Promise<number> {
  const proxy = await startProxy(host.lab);
  try {
    await up(host, theirs, proxy.socket);
    return proxy.requests.filter(({ path }) => !path.startsWith("/events")).length;
  } finally {
    await proxy.close();
  }
}
