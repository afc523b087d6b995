// Tells of long work on standard error: nothing in the first two seconds, then at most once a second.
import type { Effects } from "#planner/effects.ts";

const silentMs = 2000;
const pauseMs = 1000;

/** The result is called with how many are done; it prints lines such as `split 300/1000 hosts`. */
export function startProgress({
  clock,
  printError,
}: Pick<Effects, "clock" | "printError">): (what: string, done: number, total: number) => void {
  let next = clock.now() + silentMs;
  return (what, done, total) => {
    if (clock.now() < next) return;
    next = clock.now() + pauseMs;
    printError(`${what.replace("#", `${done}/${total}`)}\n`);
  };
}
