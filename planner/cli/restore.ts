// flexkube-planner restore: a split whose etcd begins anew from a snapshot.
import { FlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#planner/effects.ts";
import { readSnapshot } from "#planner/split/read/read-snapshot.ts";
import { openCluster } from "#planner/split/run/prepare-split.ts";
import { startProgress } from "#planner/split/run/progress.ts";
import type { Options } from "./parse-options.ts";
import { runSplit } from "./split.ts";

const bytesPerMib = 1024 * 1024;

/** Reads the snapshot to its end, then writes what differs as split does. Resolves to the exit code. Throws as split, and FILES_UNREADABLE. */
export async function restoreCommand(options: Options, effects: Effects): Promise<number> {
  const { snapshot: file, again, fromCluster } = options;
  if (file === undefined)
    throw new FlexkubeError("INTERNAL_USAGE", "the arguments are not understood", {
      argument: "--snapshot",
      reason: "it is missing: say which file etcd begins from",
    });
  const opened = await openCluster(options, effects);
  const progress = startProgress(effects);
  const inMib = (bytes: number): number => Math.round(bytes / bytesPerMib);
  const snapshot = await readSnapshot(file, effects, (done, total) =>
    progress(`read # MiB of ${file}`, inMib(done), inMib(total)),
  );
  const restore = { snapshot, hosts: options.hosts, lost: options.lost ?? [], again, fromCluster };
  return runSplit(opened, { ...options, restore }, effects);
}
