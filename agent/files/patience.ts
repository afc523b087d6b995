// File operations that may never end: each has a limit, and a file system that has not answered is not asked again
// before it has. Such an operation holds a thread of the pool, which nothing can take back, so there is a bound too.
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { mostStuck } from "./thread-pool.ts";

export type Asked = {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; for what waits for a disk, such as a write that is to last. */
  readonly limitMs?: number | undefined;
};

export type Patience = {
  /**
   * What `operation` resolves to. At one place operations run one after the other. Throws FILES_UNREADABLE when it takes
   * too long, and at once while an earlier one at that place has not ended; rejects with the signal's reason. What comes
   * too late is dropped, so `operation` must close what it opens.
   */
  readonly run: <Result>(place: string, operation: () => Promise<Result>, about: Asked) => Promise<Result>;
  /** Places that have not answered yet. A process with one of them does not get through its own end. */
  readonly stuck: () => readonly string[];
};

/** What is alive answers in milliseconds, and a busy network file system within a second. */
const usualLimitMs = 3000;
/** One for all: making an error costs more than the operation that it ends the wait for. */
const answered = new Error("the operation has ended");

export function createPatience({ clock }: { readonly clock: Pick<Clock, "sleep"> }): Patience {
  const stuck = new Set<string>();
  const queues = new Map<string, Promise<unknown>>();
  const start = async <Result>(
    place: string,
    operation: () => Promise<Result>,
    { path, limitMs = usualLimitMs }: Asked,
  ): Promise<Result> => {
    if (stuck.has(place)) throw silent(path, "its file system has not answered yet");
    if (stuck.size >= mostStuck) throw silent(path, "too many file systems do not answer");
    const running = operation();
    const over = new AbortController();
    const late = clock.sleep(limitMs, over.signal).then(
      () => true,
      () => false,
    );
    const done = running.then(
      () => false,
      () => false,
    );
    const isLate = await Promise.race([late, done]);
    over.abort(answered);
    if (!isLate) return running;
    stuck.add(place);
    void done.then(() => stuck.delete(place));
    throw silent(path, `its file system does not answer within ${limitMs / 1000} s`);
  };
  return {
    stuck: () => [...stuck].toSorted(),
    run: async (place, operation, asked) => {
      const { signal } = asked;
      signal?.throwIfAborted();
      const turn = (queues.get(place) ?? Promise.resolve()).then(async () => start(place, operation, asked));
      const quiet = turn.then(
        () => undefined,
        () => undefined,
      );
      queues.set(place, quiet);
      void quiet.then(() => queues.get(place) === quiet && queues.delete(place));
      return signal === undefined ? turn : unlessAborted(turn, signal);
    },
  };
}

function silent(path: string, reason: string): FlexkubeError<"FILES_UNREADABLE"> {
  return new FlexkubeError("FILES_UNREADABLE", "a path of the host cannot be read", { path, reason });
}

async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
