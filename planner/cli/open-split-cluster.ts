// The cluster of commands that are about what a split has made.
import { FlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#planner/effects.ts";
import type { OpenedCluster } from "#planner/split/prepared-split.ts";
import { openCluster } from "#planner/split/run/prepare-split.ts";
import { stateFileName } from "#planner/state/planner-state.ts";
import type { Options } from "./parse-options.ts";

/** Throws PKI_UNREADABLE where nothing was split yet, else as `openCluster` does. Makes nothing, as the lock would. */
export async function openSplitCluster(options: Options, effects: Effects): Promise<OpenedCluster> {
  const opened = await openCluster(options, effects);
  const { pki: directory } = opened.directories;
  if ((await effects.files.list(directory)).includes(stateFileName)) return opened;
  throw new FlexkubeError("PKI_UNREADABLE", "there are no certificates yet", {
    file: `${directory}/${stateFileName}`,
    reason: "run flexkube-planner split first",
  });
}
