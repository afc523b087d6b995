// A client that writes one new key after the other to etcd, to see afterwards whether one is lost that was acknowledged.
import type { Cluster } from "./cluster.ts";

export type KeyWriter = {
  readonly stop: () => Promise<{
    /** Keys whose write was acknowledged. */
    readonly written: readonly string[];
    /** The longest from the first try of a write to its acknowledgement. */
    readonly longestMs: number;
    /** Tries that were refused, or got no answer. */
    readonly failed: number;
  }>;
};

/** Tries each until it is acknowledged, through whichever host answers. */
export function startKeyWriter(cluster: Cluster): KeyWriter {
  const stopping = new AbortController();
  const written: string[] = [];
  let failed = 0;
  let longestMs = 0;
  const put = async (key: string): Promise<boolean> =>
    cluster.etcdctl(undefined, "put", key, "yes").then(
      () => true,
      () => false,
    );
  const write = async (): Promise<void> => {
    for (let count = 1; !stopping.signal.aborted; count += 1) {
      const key = `written/${count}`;
      const begun = performance.now();
      let isDone = false;
      while (!isDone && !stopping.signal.aborted) {
        isDone = await put(key);
        if (!isDone) failed += 1;
      }
      if (!isDone) return;
      written.push(key);
      longestMs = Math.max(longestMs, performance.now() - begun);
    }
  };
  const running = write();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      return { written, longestMs, failed };
    },
  };
}
