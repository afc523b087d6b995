// Durations within bounds that make sense for what they are.
import { durationMs } from "#shared/duration.ts";
import type { Rule } from "./domain.ts";

/** At least, at most. */
export function between(least: string, most: string): Rule<string> {
  return (text) => {
    const ms = durationMs(text);
    if (ms < durationMs(least)) return { problem: `${text} is too short`, hint: `at least ${least}` };
    return ms > durationMs(most) ? { problem: `${text} is too long`, hint: `at most ${most}` } : undefined;
  };
}
