// Why a component is as it is: what was done to it last, what differs now, what holds it, and what would free it. Pure.
import { rowsText } from "#shared/printable.ts";
import { lineLength } from "#shared/text-table.ts";
import { printStep, stepLines } from "#shared/reconcile/print.ts";
import type { Blocked, BlockedCode, Plan, Step } from "#shared/state/step.ts";
import type { HostEvent } from "./host-event.ts";
import { printEvents } from "./print-events.ts";

export type Explained = {
  readonly component: string;
  /** Of this component, oldest first. */
  readonly events: readonly HostEvent[];
  readonly plan: Pick<Plan, "steps" | "blocked">;
};

/** So many events are told after the last start. */
const shownEvents = 10;
const indent = "  ";

/** What ends each kind of being held. A kind without an entry does not compile. */
export const freedBy: { readonly [Code in BlockedCode]: string } = {
  "name-taken": "the container that has the name goes, or gets another one",
  "path-taken": "what lies at the path goes, or the cluster config names another path",
  "path-blocked": "what stands in the way goes",
  unknown: "it can be looked at; each tick tries again",
  waiting: "that is so; each tick looks again, and nothing is to be done here",
  rejected: "another host config comes: correct the cluster config, split and deliver",
  postponed: "its time comes and it is tried again, or another host config comes",
  preflight: "the host is made ready for it; each tick looks again",
  unhealthy: "it becomes healthy: flexkube-agent logs may say what it lacks",
};

/** What of all that is about the component. */
export function explained({ component, events, plan }: Explained): Told {
  return {
    events: sinceStart(events),
    steps: plan.steps.filter((step) => isAbout(step, component)),
    blocked: plan.blocked.filter((item) => item.component === component),
  };
}

type Told = Pick<Plan, "steps" | "blocked"> & { readonly events: readonly HostEvent[] };

export function explain(about: Explained): string {
  const { events, steps, blocked } = explained(about);
  const sections = [
    ["done:", ...indented(doneText(events))],
    ["now:", ...indented(steps.length === 0 ? ["nothing differs that a step would change"] : steps.flatMap(linesOf))],
    ...(blocked.length === 0 ? [] : [["held:", ...indented(blocked.flatMap(heldLines))]]),
  ];
  return sections.map(rowsText).join("");
}

/**
 * From the last start on, and where that brought back what worked before, from the start that did not work; without one in the log, the
 * last events.
 */
function sinceStart(events: readonly HostEvent[]): readonly HostEvent[] {
  const last = startBefore(events, events.length);
  const former = startBefore(events, last);
  const isReturn = events.slice(former + 1, Math.max(0, last)).some(({ kind }) => kind === "failed");
  const start = isReturn ? Math.max(0, former) : last;
  // what led to it stands right before
  const from = start < 0 ? events.length - shownEvents : start - 1;
  return events.slice(Math.max(0, from));
}

function startBefore(events: readonly HostEvent[], end: number): number {
  return events.slice(0, Math.max(0, end)).findLastIndex(({ kind }) => kind === "started");
}

function doneText(told: readonly HostEvent[]): readonly string[] {
  const shown = told.length <= shownEvents ? told : [...told.slice(0, 2), ...told.slice(2 - shownEvents)];
  if (shown.length === 0) return ["the event log tells nothing of it"];
  return printEvents(shown, lineLength - indent.length)
    .trimEnd()
    .split("\n");
}

function linesOf(step: Step): readonly string[] {
  return step.kind === "commitFiles" ? stepLines(step) : [printStep(step)];
}

function heldLines({ container, code, reason, details = [] }: Blocked): readonly string[] {
  return [`${container}: ${reason} (${code})`, ...details.map((line) => `  ${line}`), `  free when: ${freedBy[code]}`];
}

/** A batch of files serves several components, and an image all that are made of it. */
export function isAbout(step: Step, component: string): boolean {
  if (step.component === component) return true;
  if (step.kind !== "commitFiles") return false;
  const { directories, fresh, replaced, removed } = step.arguments;
  return (
    directories.some(({ components }) => components.includes(component)) ||
    [...fresh, ...replaced, ...removed].some((item) => item.component === component)
  );
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `${indent}${line}`);
}
