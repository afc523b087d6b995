// flexkube-planner simulate: what ends, what is renewed and what restarts until a day, while somebody delivers or nobody does.
import { dayMs } from "#shared/duration.ts";
import { usage } from "#shared/command-line/usage.ts";
import { exitCodes } from "#shared/errors.ts";
import type { Effects } from "#planner/effects.ts";
import { futureJson, futureText } from "#planner/simulate/future-text.ts";
import { runAhead } from "#planner/simulate/run-ahead.ts";
import { openSplitCluster } from "./open-split-cluster.ts";
import type { Options } from "./parse-options.ts";

const mostDays = 3660;

/** Writes nothing. Throws INTERNAL_USAGE, PKI_UNREADABLE where nothing was split yet, else as `diff` does. */
export async function simulateCommand(options: Options, effects: Effects): Promise<number> {
  const until = momentIn(options.at ?? "+365d", effects.clock.now());
  const opened = await openSplitCluster(options, effects);
  const isDelivered = !options.withoutDelivery;
  const future = await runAhead(opened, { ...options, until, isDelivered }, effects);
  effects.print(options.json ? `${JSON.stringify(futureJson(future), undefined, 2)}\n` : futureText(future));
  return exitCodes.ok;
}

/** `+400d`, or a day such as 2027-12-31, which counts to its end. */
function momentIn(text: string, now: number): number {
  const [, days] = /^\+([0-9]{1,4})d$/.exec(text) ?? [];
  const moment = days === undefined ? endOf(text) : now + Number(days) * dayMs;
  if (moment === undefined || moment < now || moment > now + mostDays * dayMs)
    throw usage(
      "--at",
      `days from now, such as +400d, or a day to come, such as 2027-12-31; at most ${mostDays} days ahead`,
    );
  return moment;
}

function endOf(day: string): number | undefined {
  const begin = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // what the calendar does not have, such as 2027-02-30, is taken for another day
  const isReal = Number.isFinite(begin) && new Date(begin).toISOString().startsWith(day);
  return isReal ? begin + dayMs - 1000 : undefined;
}
