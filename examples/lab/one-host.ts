// One lab host with an agent and a host config written by hand: the ground of tests that need no cluster.
// What the agent knows is read from its state directory, so that it can be read whatever becomes of agent and engine.
import { readFile } from "node:fs/promises";
import { readReport, type HostReport } from "./agent-report.ts";
import { agentContainer, hostConfigPath, startAgent } from "./agent.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { agentImage, imageStore, labImages, type LabImage } from "./images.ts";
import { startLab } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { standingContainers } from "./standing-containers.ts";

/** A line of events.jsonl. */
export type LoggedEvent = {
  readonly kind: string;
  readonly container: string;
  readonly cause: string;
  readonly exitCode?: number;
  readonly output?: string;
};

export type OneHost = {
  readonly lab: Lab;
  readonly host: LabHost;
  /** Starts the agent's loop with the config that is on the host. */
  readonly startAgent: (env?: Readonly<Record<string, string>>) => Promise<void>;
  /** Delivers the config file with these replacements, under the next generation. */
  readonly give: (...changes: readonly (readonly [from: string, to: string])[]) => Promise<void>;
  readonly report: () => Promise<HostReport>;
  /** Resolves to the first report that holds, of a tick that has ended. */
  readonly reported: (what: string, holds: (report: HostReport) => boolean, deadlineMs?: number) => Promise<HostReport>;
  /** Resolves when the config that was given last is in force and this container held back for this reason. */
  readonly blocked: (container: string, code: string) => Promise<HostReport>;
  /** Resolves when everything is as the config that was given last asks for. */
  readonly settled: (deadlineMs?: number) => Promise<void>;
  /** The same by a tick that began after this call: after something has befallen the host. */
  readonly settledAnew: () => Promise<void>;
  /** Resolves after this many more ticks. */
  readonly ticks: (count: number) => Promise<void>;
  /** All of the event log, oldest first. */
  readonly events: () => Promise<readonly LoggedEvent[]>;
  /** Name, id and start of each container that is not the agent: equal means untouched. */
  readonly containers: () => Promise<Readonly<Record<string, string>>>;
};

export type OneHostOptions = {
  readonly file: string | URL;
  /** As in LabOptions. */
  readonly disk?: string;
  /** On the host besides busybox and the agent's. */
  readonly images?: readonly LabImage[];
};

/** Starts the lab; its `down` ends all. `file` is a host config without a generation, for host h1. */
export async function startOneHost(options: OneHostOptions): Promise<OneHost> {
  const { busybox } = await labImages("busybox");
  const own = await agentImage();
  const lab = await startLab({
    hosts: ["h1"],
    seed: await imageStore([busybox, own, ...(options.images ?? [])]),
    disk: options.disk,
  });
  const host = lab.host("h1");
  const original = await readFile(options.file, "utf8");
  let generation = 0;
  const reports = reportsOf(host);
  const { report, reported } = reports;
  const isSettled = (found: HostReport): boolean => found.result === "settled" && found.generation === generation;
  return {
    lab,
    host,
    startAgent: async (env) => startAgent(host, { image: own.reference, args: ["run"], env }),
    give: async (...changes) => {
      generation += 1;
      await host.writeFile(hostConfigPath, `${changed(original, changes)}generation: ${generation}\n`, 0o600);
    },
    report,
    reported,
    blocked: async (container, code) =>
      reported(
        `${container} is ${code} in generation ${generation}`,
        (found) =>
          // while a plan is under way, what it says may not be done yet
          found.result !== "working" &&
          found.generation === generation &&
          found.blocked.some((item) => item.container === container && item.code === code),
      ),
    settled: async (deadlineMs) => {
      await reported(`generation ${generation} is settled`, isSettled, deadlineMs);
    },
    settledAnew: async () => settledAnew(reports, isSettled),
    ticks: async (count) => {
      const { tick } = await report();
      await reported(`${count} more ticks`, (found) => found.tick >= tick + count);
    },
    events: async () => eventsOf((await host.readFile("/var/lib/flexkube/events.jsonl")).toString()),
    containers: async () => containersOf(host),
  };
}

type Reports = Pick<OneHost, "report" | "reported">;

async function settledAnew({ report, reported }: Reports, isSettled: (report: HostReport) => boolean): Promise<void> {
  const before = await report();
  // this one may have begun before
  const next = await reported("the end of a tick", ({ writtenAt }) => writtenAt !== before.writtenAt);
  await reported("a tick that finds all settled", (found) => found.writtenAt !== next.writtenAt && isSettled(found));
}

function reportsOf(host: LabHost): Reports {
  const report = async (): Promise<HostReport> => readReport(host);
  return {
    report,
    reported: async (what, holds, deadlineMs = 60_000) => {
      const holdsNow = async (): Promise<HostReport> => {
        const found = await report();
        if (found.result !== "working" && holds(found)) return found;
        throw new Error(JSON.stringify(found));
      };
      return eventually(holdsNow, { what, deadlineMs });
    },
  };
}

function changed(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the host config has no "${from}" to replace`);
    return now.replace(from, () => to);
  }, text);
}

function eventsOf(text: string): readonly LoggedEvent[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as LoggedEvent); // the agent's own log
}

async function containersOf(host: LabHost): Promise<Readonly<Record<string, string>>> {
  const all = Object.entries(await standingContainers(host));
  return Object.fromEntries(all.filter(([name]) => name !== agentContainer));
}
