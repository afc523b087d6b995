// A client that writes to etcd without a pause, to see whether a change is felt by anybody.
import type { Cluster } from "#lab/cluster.ts";

export type Writer = {
  /** Acknowledged writes so far. */
  readonly count: () => number;
  readonly stop: () => Promise<{ readonly written: number; readonly failed: readonly string[] }>;
};

/** Writes one number after the other through all endpoints, each with one retry, until it is stopped. */
export function startWriter(cluster: Cluster): Writer {
  const stopping = new AbortController();
  const failed: string[] = [];
  let written = 0;
  const put = async (): Promise<string> => cluster.etcdctl(undefined, "put", "written", String(written + 1));
  const write = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await put().catch(put);
        written += 1;
      } catch (error) {
        failed.push(String(error));
      }
    }
  };
  const running = write();
  return {
    count: () => written,
    stop: async () => {
      stopping.abort();
      await running;
      return { written, failed };
    },
  };
}
