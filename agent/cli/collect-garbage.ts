// Keeps a resident program's memory small by collecting garbage after its work and not within it.
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The heap as far as it is needed here. */
export type Heap = {
  /** Bytes that hold objects, live ones and garbage. */
  readonly used: () => number;
  readonly collect: () => Promise<void>;
};

/** Garbage that is left for later; a collection costs about as much as a tick of many containers. */
const toleratedBytes = 8 * 1024 * 1024;

/** A function to be called when there is nothing else to do: it collects when the heap has grown since the last time. */
export function createTidier(heap: Heap): () => Promise<void> {
  let after = 0;
  let underWay: Promise<void> | undefined;
  const tidy = async (): Promise<void> => {
    await heap.collect();
    after = heap.used();
    underWay = undefined;
  };
  return async () => {
    if (underWay === undefined && heap.used() - after < toleratedBytes) return;
    underWay ??= tidy();
    await underWay;
  };
}

/** This process's own heap. V8 hands its collector only to contexts that are made after the flag was set. */
export function ownHeap(): Heap {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  // V8's function of this name, which the flag has just asked for
  const gc = found as (options: { readonly type: "major"; readonly execution: "async" }) => Promise<void>;
  return {
    used: () => getHeapStatistics().used_heap_size,
    collect: async () => gc({ type: "major", execution: "async" }),
  };
}
