// `plan --save` and `apply --plan`: what was printed is what is done, or nothing is.
import { look } from "#agent/tick/tick.ts";
import type { Looked, TickExtras } from "#agent/tick/tick.ts";
import { differences } from "#agent/saved-plan/compare-plans.ts";
import { makeSavedPlan } from "#agent/saved-plan/make-saved-plan.ts";
import { readPlanFile, writePlanFile } from "#agent/saved-plan/plan-file.ts";
import { refuseOthers } from "#agent/saved-plan/saved-plan.ts";
import type { SavedPlan } from "#agent/saved-plan/saved-plan.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { utcText } from "#shared/utc-text.ts";
import { version } from "#shared/version.ts";
import type { Built } from "./build-agent.ts";
import type { Environment } from "./environment.ts";

/** Throws FILES_UNWRITABLE. */
export async function savePlan(file: string, looked: Looked, clock: Clock): Promise<void> {
  await writePlanFile(file, makeSavedPlan(looked, stampOf(clock)));
}

export type Saved = { readonly file: string; readonly plan: SavedPlan };

/** Throws FILES_UNREADABLE, PLAN_DAMAGED, PLAN_OTHER_VERSION. */
export async function readSavedPlan(file: string): Promise<Saved> {
  return { file, plan: await readPlanFile(file, version) };
}

/** Throws PLAN_OTHER_* for a plan of something else, and PLAN_OUTDATED with all that differs when host or plan are not as they were. */
export function acceptOnly({ file, plan }: Saved, clock: Clock): NonNullable<TickExtras["accept"]> {
  return (looked) => {
    const now = makeSavedPlan(looked, stampOf(clock));
    refuseOthers(plan, now, file);
    const found = differences(plan, now);
    if (found.length === 0) return;
    throw new FlexkubeError(
      "PLAN_OUTDATED",
      "the host, or what would be done, is not as it was when the plan was saved; nothing was done",
      { file, differences: found },
    );
  };
}

/** Looks as `plan` does, keeps nothing of it, and throws as what `acceptOnly` makes does. */
export async function lookAgain(saved: Saved, { agent, look: load }: Built, environment: Environment): Promise<void> {
  const { clock, signal } = environment;
  const loaded = await load(signal);
  refuseOthers(saved.plan, { ...loaded.config, config: loaded.desired.config }, saved.file);
  acceptOnly(saved, clock)({ ...loaded, ...(await look(agent, loaded, { signal })) });
}

function stampOf(clock: Clock): Pick<SavedPlan, "agentVersion" | "at"> {
  return { agentVersion: version, at: utcText(wallTime(clock).epochMs) };
}
