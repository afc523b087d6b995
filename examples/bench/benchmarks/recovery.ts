// A container whose process is killed, or that somebody stops by `docker kill`, until it runs again by itself.
import { clean, deliver, watchAgent, withHosts, type BenchHost } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import { eventually } from "#lab/eventually.ts";
import { firstContents } from "../w1.ts";
import { agentProgram, createW1 } from "../w1-host.ts";

type Event = {
  readonly what: string;
  /** Taken in turns: Docker waits twice as long before it starts one again that ran for less than ten seconds. */
  readonly containers: readonly string[];
  readonly act: (host: BenchHost, container: string) => Promise<void>;
};

const events: readonly Event[] = [
  { what: "process killed", containers: ["plain-1", "plain-2", "plain-3"], act: killProcess },
  { what: "etcd's process killed", containers: ["etcd-w1"], act: killProcess },
  {
    what: "docker kill",
    containers: ["plain-4"],
    act: async ({ bare }, container) =>
      void (await bare.call({ method: "POST", path: `/containers/${container}/kill` })),
  },
];

/** Milliseconds from the end of the process to the start of the next, by the engine's own times. */
export const recovery: Benchmark = async ({ rounds = 7, progress }) =>
  withHosts(["agent", "bare"], async (hosts, images) => {
    const w1 = await createW1(hosts.agent, images);
    const floor = await createW1(hosts.bare, images);
    try {
      await deliver(hosts.agent, await w1.hostConfig(firstContents));
      const agent = await watchAgent(hosts.agent, images.agent.reference);
      await agent.nextTick(0, ({ result }) => result === "settled");
      await deliver(hosts.bare, await floor.hostConfig(firstContents));
      await agentProgram(hosts.bare, ["apply"], { image: images.agent.reference });
      const samples = events.map((event) => ({ event, ours: [] as number[], bare: [] as number[] }));
      await eachRound(rounds, { what: "recovery", progress }, async (round) => {
        for (const { event, ours, bare } of samples) {
          const container = event.containers[round % event.containers.length] ?? "";
          const count = (await agent.ticks()).length;
          ours.push(await recovered(hosts.agent, event, container));
          bare.push(await startAlone(hosts.bare, container));
          await agent.nextTick(count, ({ result }) => result === "settled");
        }
      });
      return samples.map(({ event, ours, bare }) => ({
        work: "recovery",
        quantity: `${event.what} to running`,
        unit: "ms",
        ours,
        bare,
        goals: [{ kind: "at-most", limit: 500 }],
      }));
    } finally {
      await w1.remove();
      await floor.remove();
      for (const host of Object.values(hosts)) await clean(host);
    }
  });

async function killProcess({ lab }: BenchHost, container: string): Promise<void> {
  const pid = (await lab.docker("inspect", "--format", "{{.State.Pid}}", container)).trim();
  await lab.exec("kill", "-9", pid);
}

async function recovered(host: BenchHost, { what, act }: Event, container: string): Promise<number> {
  const { startedAt: before } = await timesOf(host, container);
  await act(host, container);
  const after = await eventually(
    async () => {
      const times = await timesOf(host, container);
      return times.startedAt > before && times.running && times;
    },
    { what: `${container} runs again: ${what}`, everyMs: 50 },
  );
  return after.startedAt - after.finishedAt;
}

type Times = { readonly startedAt: number; readonly finishedAt: number; readonly running: boolean };

/** Docker keeps the end of the process before this one. */
async function timesOf({ bare }: BenchHost, container: string): Promise<Times> {
  const answer = await bare.call({ method: "GET", path: `/containers/${container}/json` });
  // Docker's documented answer
  const { State: state } = answer as {
    readonly State: { readonly StartedAt: string; readonly FinishedAt: string; readonly Running: boolean };
  };
  return { startedAt: Date.parse(state.StartedAt), finishedAt: Date.parse(state.FinishedAt), running: state.Running };
}

/** The one call that must follow: a start of the container that was killed. */
async function startAlone({ bare, lab }: BenchHost, container: string): Promise<number> {
  await bare.call({ method: "POST", path: `/containers/${container}/kill` });
  await lab.docker("wait", container);
  return bare.run([{ method: "POST", path: `/containers/${container}/start` }]);
}
