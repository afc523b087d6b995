// Ends the process when the loop shows no life for too long; the container's restart policy brings it back.
import { Worker } from "node:worker_threads";
import { slots, watch } from "./watch.ts";

export type Watchdog = {
  /** The loop is alive. */
  readonly alive: () => void;
  /** From now on this much silence ends the process. */
  readonly limit: (ms: number) => void;
  readonly close: () => Promise<void>;
};

const defaultEveryMs = 5000;

/** `limitMs`: until the loop says another. Its thread keeps no process from ending. */
export function startWatchdog(options: {
  readonly limitMs: number;
  readonly everyMs?: number;
  readonly onError?: (error: unknown) => void;
}): Watchdog {
  const shared = new Int32Array(new SharedArrayBuffer(slots.count * Int32Array.BYTES_PER_ELEMENT));
  const limit = (ms: number): void => void Atomics.store(shared, slots.limitSeconds, Math.ceil(ms / 1000));
  limit(options.limitMs);
  const worker = new Worker(`(${watch.toString()})(require("node:worker_threads").workerData)`, {
    eval: true,
    // the text is CommonJS, whatever the process was told
    execArgv: [],
    workerData: { shared, everyMs: options.everyMs ?? defaultEveryMs },
    // it needs next to nothing, and lives on every host
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  worker.unref();
  // without it the agent works on, as a process without a watchdog does
  worker.on("error", options.onError ?? (() => undefined));
  return {
    limit,
    alive: () => void Atomics.add(shared, slots.signs, 1),
    close: async () => {
      Atomics.store(shared, slots.stop, 1);
      Atomics.notify(shared, slots.stop);
      await worker.terminate();
    },
  };
}
