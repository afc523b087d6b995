// flexkube-planner validate.
import type { Problem } from "#shared/errors.ts";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import { formatProblem } from "#shared/document/format-problem.ts";
import { withFurther } from "#shared/document/further-problems.ts";
import { validateCluster } from "#planner/draft/validate-cluster.ts";
import type { Effects } from "#planner/effects.ts";
import { loadCluster } from "#planner/split/read/load-cluster.ts";
import type { Options } from "./parse-options.ts";
import { startProgress } from "#planner/split/run/progress.ts";

type Checked = { readonly hosts: number; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** Prints all problems and warnings. Resolves to 65 when there are problems, else to 0. */
export async function validateCommand(options: Options, effects: Effects): Promise<number> {
  const { hosts, problems, warnings } = await check(options.file, effects);
  const ok = problems.length === 0;
  if (options.json) effects.print(`${JSON.stringify({ ok, problems, warnings }, undefined, 2)}\n`);
  else {
    for (const problem of problems) effects.printError(`${formatProblem(problem)}\n`);
    for (const warning of warnings) effects.printError(`warning: ${formatProblem(warning)}\n`);
    if (ok) effects.print(`${options.file}: valid, ${hosts} hosts\n`);
  }
  return ok ? exitCodes.ok : exitCodes.config;
}

async function check(file: string, effects: Effects): Promise<Checked> {
  const progress = startProgress(effects);
  try {
    const { config, source, inputs, problems } = await loadCluster(file, effects);
    const onProgress = (done: number, total: number) => progress("checked # hosts", done, total);
    const checked = validateCluster(config, {
      source,
      inputs,
      bootstrapped: false,
      now: effects.clock.now(),
      onProgress,
    });
    const all = withFurther(problems, checked.problems, file);
    return { hosts: Object.keys(config.hosts).length, problems: all, warnings: checked.warnings };
  } catch (error) {
    if (!isFlexkubeError(error, "CONFIG_INVALID")) throw error;
    return { hosts: 0, problems: error.details.problems, warnings: [] };
  }
}
