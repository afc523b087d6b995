// Sentences about a report that several places show.
import { ageText } from "#shared/age-text.ts";
import type { Report } from "./report.ts";

/** What a person must know of a host that stays empty; `since` may be lost. */
export function resetText(since: string): string {
  const when = since === "" ? "" : ` at ${since}`;
  return `this host was reset${when} and stays empty until: flexkube-agent apply`;
}

/** What a tick that has not ended is doing, and for how long. */
export function underwayText({ underway, stepCount }: Report, now: number): string {
  if (underway === undefined) return "at work";
  const detail = underway.detail === undefined ? "" : `: ${underway.detail}`;
  const done = underway.done === undefined ? "" : ` (${underway.done} of ${stepCount} steps done)`;
  return `${underway.step}${done} since ${ageText(now - Date.parse(underway.since))}${detail}`;
}
