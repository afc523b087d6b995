// A changed file in the running agent: taken up on a signal, by a restart, and by a replacement (a sealed file).
// The same steps as bare calls on a second host; docker compose gets a changed file on a third.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPatience } from "#agent/files/patience.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import { waitedMs } from "../agent-log.ts";
import { lookCalls, planCalls } from "../bare-plan.ts";
import { clean, deliver, watchAgent, withHosts, type BenchHost, type WatchedAgent } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import { firstContents, serverOf, type Contents } from "../w1.ts";
import { agentProgram, compose, composeProgram, createW1, planNow, prepareCompose, type W1 } from "../w1-host.ts";

const kinds = ["signal", "restart", "sealed"] as const;
type Kind = (typeof kinds)[number];
const words: Readonly<Record<Kind, string>> = { signal: "signal", restart: "restart", sealed: "replacement" };

/** Wall of the tick without its probe waits, and whether the new contents are in force afterwards. */
export const changedFile: Benchmark = async ({ rounds = 5, progress }) =>
  withHosts(["agent", "bare", "compose"], async (hosts, images) => {
    const image = images.agent.reference;
    const own = await createW1(hosts.agent, images);
    const floor = await createW1(hosts.bare, images);
    const theirs = await createW1(hosts.compose, images);
    try {
      await deliver(hosts.agent, await own.hostConfig(firstContents));
      const agent = await watchAgent(hosts.agent, image);
      await agent.nextTick(0, ({ result }) => result === "settled");
      const bare = await startBare(hosts.bare, floor, image);
      await prepareCompose(hosts.compose, theirs, await theirs.hostConfig(firstContents));
      const program = await composeProgram();
      await compose({ host: hosts.compose, w1: theirs, program }, "up", "-d");
      const figures: Figure[] = [];
      let contents = firstContents;
      for (const kind of kinds) {
        const [ours, other]: [Changed[], number[]] = [[], []];
        await eachRound(rounds, { what: `changed file, ${words[kind]}`, progress }, async () => {
          contents = { ...contents, [kind]: contents[kind] + 1 };
          ours.push(await changeByAgent(hosts.agent, { agent, contents, text: await own.hostConfig(contents) }));
          other.push(await bare(await floor.hostConfig(contents)));
        });
        figures.push(
          {
            work: `changed file, ${words[kind]}`,
            quantity: "wall of the tick",
            unit: "ms",
            ours: ours.map(({ ms }) => ms),
            bare: other,
            goals: [{ kind: "of-bare", factor: 1.3 }],
          },
          {
            work: `changed file, ${words[kind]}`,
            quantity: "not in force afterwards",
            unit: "",
            ours: [ours.filter(({ inForce }) => !inForce).length],
            ...(kind === "restart" ? { compose: [await changeByCompose(hosts.compose, theirs, program)] } : {}),
            goals: [{ kind: "at-most", limit: 0 }],
          },
        );
      }
      return figures;
    } finally {
      for (const w1 of [own, floor, theirs]) await w1.remove();
      for (const host of Object.values(hosts)) await clean(host);
    }
  });

type Changed = { readonly ms: number; readonly inForce: boolean };

async function changeByAgent(
  host: BenchHost,
  about: { readonly agent: WatchedAgent; readonly contents: Contents; readonly text: string },
): Promise<Changed> {
  const { agent, contents, text } = about;
  const count = (await agent.ticks()).length;
  // the agent looks at once when its file changes
  await deliver(host, text);
  const tick = await agent.nextTick(count, ({ result }) => result !== "settled");
  const inForce = tick.result === "changed" && (await isInForce(host, contents));
  await agent.nextTick(count, ({ result }) => result === "settled");
  return { ms: tick.ms - waitedMs(tick), inForce };
}

/** What the running processes work with: HAProxy's own word, and files older than the process that has read them. */
async function isInForce({ lab }: BenchHost, contents: Contents): Promise<boolean> {
  const metrics = await lab.exec("wget", "-q", "-O", "-", "http://127.0.0.1:7080/metrics");
  const restarted = await contentRead({ lab }, "plain-1", "live.conf");
  const replaced = await contentRead({ lab }, "plain-2", "sealed.conf");
  return (
    metrics.includes(`server="${serverOf(contents)}"`) &&
    restarted === `contents ${contents.restart}` &&
    replaced === `contents ${contents.sealed}`
  );
}

/** The file as the container sees it; nothing when it is newer than the container's process. */
async function contentRead({ lab }: Pick<BenchHost, "lab">, container: string, name: string): Promise<string> {
  const inside = 'for file in /etc/flexkube/*/"$1"; do stat -c %Z "$file"; cat "$file"; done';
  const [changedAt = "0", content = ""] = (await lab.docker("exec", container, "sh", "-c", inside, "sh", name)).split(
    "\n",
  );
  const startedAt = await lab.docker("inspect", "--format", "{{.State.StartedAt}}", container);
  return Date.parse(startedAt.trim()) >= Number(changedAt) * 1000 ? content : "";
}

/** W1 by one `apply`, then a function that brings a config in force by bare calls and resolves to their milliseconds. */
async function startBare(host: BenchHost, w1: W1, image: string): Promise<(text: string) => Promise<number>> {
  await deliver(host, await w1.hostConfig(firstContents));
  await agentProgram(host, ["apply"], { image });
  const clock = { now: () => Date.now(), sleep: async () => Promise.reject(new Error("nothing waits here")) };
  const state = await openStateDirectory({
    directory: `${host.root}/var/lib/flexkube`,
    clock,
    patience: createPatience({ clock }),
  });
  let ledger: Ledger = (await state.readLedger()).ledger;
  return async (text) => {
    const { desired, observed, plan } = await planNow(host, text, ledger);
    if (plan.steps.length === 0) throw new Error("a changed file asks for no step");
    const steps = await planCalls(plan.steps, { desired, selfImage: image });
    const ms = await host.bare.run([...lookCalls(observed.containers.map(({ id }) => id)), ...steps]);
    ledger = simulate(observed, plan.steps).ledger;
    return ms;
  };
}

/** 1 when `up` ends well and the container has the old contents still, else 0. */
async function changeByCompose(host: BenchHost, w1: W1, program: string): Promise<number> {
  const file = join(w1.directory, "compose.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll("contents 1", "contents 2"));
  await compose({ host, w1, program }, "up", "-d");
  const found = await host.lab.docker("exec", "plain-1", "sh", "-c", "cat /etc/flexkube/*/live.conf");
  return found.includes("contents 2") ? 0 : 1;
}
