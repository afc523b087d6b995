// Which of our containers ended or began again without the agent: what was seen before beside what is seen now. Pure.
import type { ObservedContainer } from "#shared/state/observed.ts";
import { runOf } from "./known-runs.ts";
import type { KnownRun, KnownRuns } from "./known-runs.ts";

export type SeenContainer = Pick<
  ObservedContainer,
  "id" | "component" | "container" | "state" | "startStamp" | "restartCount" | "exitCode" | "oomKilled"
>;

export type SeenRuns = {
  readonly containers: readonly SeenContainer[];
  /** Ids of those of which the engine tells nothing now: what is known of them stays. */
  readonly unknown: ReadonlySet<string>;
  /** Names of containers that run to their end: to end is their work, and is told elsewhere. */
  readonly once: ReadonlySet<string>;
  /** The host's boot, where it is known. */
  readonly boot: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Exit code of the last end that the engine told of; a container that runs again shows none. */
  readonly exitOf: (id: string) => number | undefined;
};

export type RunEvent = {
  readonly kind: "restarted" | "ended";
  readonly component: string;
  readonly container: string;
  readonly cause: string;
  readonly exitCode?: number | undefined;
};

type Judged = { readonly runs: KnownRuns; readonly events: readonly RunEvent[] };

/** So many restarts of a container are told one by one; of a loop then what has come together, so that it pushes nothing else out of the log. */
const toldSingly = 10;
const pauseMs = 600_000;

/** Without what was known before, nothing is told: it may have been told already. */
export function judgeRuns(before: KnownRuns | undefined, seen: SeenRuns): Judged {
  const isNewBoot = before?.boot !== undefined && seen.boot !== undefined && before.boot !== seen.boot;
  const kept = Object.entries(before?.runs ?? {}).filter(([id]) => seen.unknown.has(id));
  const runs: Record<string, KnownRun> = Object.fromEntries(kept);
  const events: RunEvent[] = [];
  for (const container of seen.containers.filter((one) => !seen.once.has(one.container))) {
    const was = before === undefined ? undefined : (runOf(before, container.id) ?? made);
    const judged = was === undefined ? firstSight(container) : judge(was, container, { ...seen, isNewBoot });
    runs[container.id] = judged.run;
    events.push(...judged.events);
  }
  return { runs: { boot: seen.boot ?? before?.boot, runs }, events };
}

/** One that was made since the look before: its first start was ours. */
const made: KnownRun = { restartCount: 0, restarts: 0, own: { start: true, last: "start" } };

type One = { readonly run: KnownRun; readonly events: readonly RunEvent[] };

function firstSight(container: SeenContainer): One {
  return { run: { ...lookOf(container), restarts: container.restartCount }, events: [] };
}

function lookOf({
  state,
  startStamp,
  restartCount,
}: SeenContainer): Pick<KnownRun, "startedAt" | "restartCount" | "down"> {
  const down = state === "restarting" ? state : hasEnded(state) ? "ended" : undefined;
  return { startedAt: startStamp, restartCount, ...(down === undefined ? {} : { down }) };
}

function hasEnded(state: SeenContainer["state"]): boolean {
  return state === "exited" || state === "dead";
}

type About = Pick<SeenRuns, "now" | "exitOf"> & { readonly isNewBoot: boolean };

function judge(was: KnownRun, container: SeenContainer, { now, exitOf, isNewBoot }: About): One {
  const { byEngine, byOthers, ended } = changesOf(was, container);
  const deaths = byEngine + (byOthers && was.down === undefined ? 1 : 0) + (ended ? 1 : 0);
  const restarts = was.restarts + deaths;
  const exitCode = ended || container.state === "restarting" ? container.exitCode : exitOf(container.id);
  const untold = byEngine + (was.untold ?? 0);
  const isQuiet = byEngine > 0 && restarts > toldSingly && isWithin(pauseMs, was.toldAt, now);
  const about = { component: container.component, container: container.container, exitCode };
  const causes = [
    ...(byOthers ? ([["restarted", isNewBoot ? booted : "it was started again, but not by the agent"]] as const) : []),
    ...(byEngine > 0 && !isQuiet ? ([["restarted", againText(untold, restarts)]] as const) : []),
    ...(ended ? ([["ended", isNewBoot ? booted : endText(container)]] as const) : []),
  ];
  const told = causes.length === 0 ? was.toldAt : now;
  const left = isQuiet ? untold : byEngine > 0 ? undefined : was.untold;
  const code = deaths === 0 ? was.exitCode : (exitCode ?? undefined);
  return {
    run: {
      ...lookOf(container),
      restarts,
      ...(code === undefined ? {} : { exitCode: code }),
      ...(left === undefined ? {} : { untold: left }),
      ...(told === undefined ? {} : { toldAt: told }),
    },
    events: causes.map(([kind, cause]) => ({ kind, ...about, cause })),
  };
}

type Changes = {
  /** How often the engine started it again. */
  readonly byEngine: number;
  /** Somebody else did, or the engine when it was itself started. */
  readonly byOthers: boolean;
  /** It ended, and we did not stop it. */
  readonly ended: boolean;
};

/** A start that is asked for sets the engine's count back to 0; a restart by policy counts when its run has ended. */
function changesOf({ startedAt, restartCount, down, own }: KnownRun, now: SeenContainer): Changes {
  const isNewRun = now.startStamp !== startedAt;
  const isOurs = own?.start === true && isNewRun;
  const isReset = isOurs || now.restartCount < restartCount;
  const byEngine = isReset ? now.restartCount : now.restartCount - restartCount;
  const byPolicy = !isReset && (byEngine > 0 || down === "restarting");
  const isStopped = own?.last === "stop" || (own?.stop === true && !isNewRun);
  return {
    byEngine,
    byOthers: isNewRun && !isOurs && !byPolicy,
    ended: hasEnded(now.state) && (isNewRun || down === undefined) && !isStopped,
  };
}

function isWithin(ms: number, since: number | undefined, now: number): boolean {
  return since !== undefined && now >= since && now - since < ms;
}

const booted = "the host was started anew";

function endText({ oomKilled }: SeenContainer): string {
  return `it ended, but not by the agent${oomKilled === true ? ": out of memory" : ""}`;
}

function againText(times: number, inAll: number): string {
  const text = "it ended and the engine started it again";
  return times === 1 ? `${text}, ${ordinal(inAll)} time` : `${text}, ${times} times, ${inAll} in all`;
}

/** Such as 1st, 12th, 23rd. */
export function ordinal(count: number): string {
  const suffixes: Readonly<Record<number, string>> = { 1: "st", 2: "nd", 3: "rd" };
  const isTeen = Math.floor((count % 100) / 10) === 1;
  return `${count}${(isTeen ? undefined : suffixes[count % 10]) ?? "th"}`;
}
