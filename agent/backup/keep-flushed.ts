// Brings to the disk bit by bit what a container writes. Hundreds of megabytes that the system keeps back and then writes at once let
// etcd's own syncs on that disk wait for a second and more (examples/bench/README.md has both).
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { errnoOf } from "#agent/files/errno.ts";
import type { Patience } from "#agent/files/patience.ts";
import type { Clock } from "#shared/clock.ts";

const everyMs = 50;
/** A disk that is slow is what this is for. */
const limitMs = 60_000;

export type Flushing = {
  /** Of a file that may not be there yet, or no more. */
  readonly path: string;
  readonly patience: Pick<Patience, "run">;
  readonly clock: Pick<Clock, "sleep">;
  readonly signal: AbortSignal;
};

/** What `work` resolves to, or its error. A file that cannot be flushed is left to who writes it, who is told by the system as well. */
export async function flushedMeanwhile<Result>(flushing: Flushing, work: () => Promise<Result>): Promise<Result> {
  const ended = new AbortController();
  const all = AbortSignal.any([flushing.signal, ended.signal]);
  const done = flushOften({ ...flushing, signal: all });
  try {
    return await work();
  } finally {
    ended.abort();
    await done;
  }
}

/** Until the signal, or until the system refuses it: a file that is not there yet is looked for again. */
async function flushOften({ path, patience, clock, signal }: Flushing): Promise<void> {
  const isRefused = async (): Promise<boolean> =>
    patience
      .run(path, async () => flush(path), { path, limitMs, signal })
      .then(
        () => false,
        (error: unknown) => errnoOf(error) !== "ENOENT",
      );
  while (!signal.aborted && !(await isRefused()))
    // cut short by the end alone
    await clock.sleep(everyMs, signal).catch(() => undefined);
}

/** Reading is enough for that; a mount that is read-only here is none there. */
async function flush(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
