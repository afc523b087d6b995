// Durations as people write them.

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a duration that passed the schema `Duration`, such as `1h30m`. */
export function durationMs(duration: string): number {
  let sum = 0;
  for (const [, amount, unit] of duration.matchAll(/([0-9]+)(ms|s|m|h)/g))
    // the pattern admits these units only
    sum += Number(amount) * unitMs[unit as keyof typeof unitMs];
  return sum;
}
