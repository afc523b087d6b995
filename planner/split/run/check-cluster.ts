// All that is wrong with a cluster config and what deserves a word, without its keys.
import type { Problem } from "#shared/errors.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { withFurther } from "#shared/document/further-problems.ts";
import { validateCluster } from "#planner/draft/validate-cluster.ts";
import type { Effects } from "#planner/effects.ts";
import { loadCluster } from "#planner/split/read/load-cluster.ts";
import { startProgress } from "./progress.ts";

export type CheckedCluster = {
  readonly hosts: number;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
};

/** Throws CONFIG_UNREADABLE. */
export async function checkCluster(
  file: string,
  effects: Pick<Effects, "files" | "clock" | "printError">,
): Promise<CheckedCluster> {
  const progress = startProgress(effects);
  try {
    const { config, source, inputs, problems, pins, lockProblems } = await loadCluster(file, effects);
    const onProgress = (done: number, total: number) => progress("checked # hosts", done, total);
    const now = effects.clock.now();
    const checked = validateCluster(config, { source, inputs, bootstrapped: false, pins, now, onProgress });
    const all = [...withFurther(problems, checked.problems, file), ...lockProblems];
    return { hosts: Object.keys(config.hosts).length, problems: all, warnings: checked.warnings };
  } catch (error) {
    if (!isFlexkubeError(error, "CONFIG_INVALID")) throw error;
    return { hosts: 0, problems: error.details.problems, warnings: [] };
  }
}
