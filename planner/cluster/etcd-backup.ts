// Which members are backed up, and how.
import type { PlannerState } from "#shared/schema/planner-state.ts";

/** What a cluster that is founded now keeps in its state. */
export const newBackups: NonNullable<PlannerState["backups"]> = "on";

/**
 * The section of a member's host config, without its defaults; undefined where the member is not backed up. The config's own word
 * counts more; a state without it is that of a cluster founded before there were backups.
 */
export function backupOf(
  said: Readonly<Record<string, unknown>> | undefined,
  kept: PlannerState["backups"],
): Readonly<Record<string, unknown>> | undefined {
  const { enabled, ...fields } = said ?? {};
  const isWanted = enabled ?? (kept === "on" || Object.keys(fields).length > 0);
  return isWanted === true ? fields : undefined;
}
