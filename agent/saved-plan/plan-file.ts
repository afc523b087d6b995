// A saved plan on the disk: written as a whole, read with a bound.
import { lstatSync } from "node:fs";
import { replaceFileIn } from "#agent/report/atomic-file.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
import { checkReplaceable } from "#shared/disk/check-replaceable.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { parseSavedPlan, planMark, savedText } from "./saved-plan.ts";
import type { SavedPlan } from "./saved-plan.ts";

/** More than the plan of a host with a hundred components has. */
const mostBytes = 8 * 1024 * 1024;

/** Mode 0600, in a directory that is there, and over no other file than an older plan. Throws FILES_UNWRITABLE, FILES_UNREADABLE. */
export async function writePlanFile(file: string, plan: SavedPlan): Promise<void> {
  const before = lstatSync(file, { throwIfNoEntry: false })?.isFile() === true ? await textOf(file) : "";
  if (before !== "" && !before.includes(planMark)) {
    const details = { path: file, reason: "another file is there: take it away, or name another one" };
    throw new FlexkubeError("FILES_UNWRITABLE", "the plan cannot be saved", details);
  }
  try {
    checkReplaceable(file);
    await replaceFileIn(file, savedText(plan));
  } catch (error) {
    const details = isFlexkubeError(error, "FILES_UNWRITABLE")
      ? error.details
      : { path: file, reason: reasonOf(error) };
    throw new FlexkubeError("FILES_UNWRITABLE", "the plan cannot be saved", details, { cause: error });
  }
}

/** Throws FILES_UNREADABLE, PLAN_DAMAGED and PLAN_OTHER_VERSION. `version`: of this agent. */
export async function readPlanFile(file: string, version: string): Promise<SavedPlan> {
  return parseSavedPlan(await textOf(file), { file, version });
}

async function textOf(path: string): Promise<string> {
  try {
    return (await readRegularFile(path, { limit: mostBytes })).bytes.toString("utf8");
  } catch (error) {
    const details = { path, reason: reasonOf(error) };
    throw new FlexkubeError("FILES_UNREADABLE", "the saved plan cannot be read", details, { cause: error });
  }
}
