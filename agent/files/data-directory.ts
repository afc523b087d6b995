// Which directories `reset --data` may remove with all that is in it: those that the planner lets a component have.
import { isRemovable } from "#shared/schema/types/host-directory.ts";

/** True for a path at least two levels deep that holds one component's data alone. */
export function isDataDirectory(path: string): boolean {
  return isRemovable(path);
}
