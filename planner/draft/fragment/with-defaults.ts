// A component's layers on top of its defaults, with the log options that fit its log driver.
import { logDefaults } from "#planner/cluster/defaults.ts";
import { mergeLayers } from "#planner/cluster/layers/merge-layers.ts";

/** Later layers win. */
export function withDefaults(
  defaults: object,
  ...layers: readonly (object | undefined)[]
): Readonly<Record<string, unknown>> {
  const layered = mergeLayers(...layers);
  const log = layered["log"];
  const driver = typeof log === "object" && log !== null && "driver" in log ? log.driver : undefined;
  const merged = mergeLayers(defaults, logDefaults(driver), layered);
  const args = merged["args"];
  return typeof args === "object" && args !== null ? { ...merged, args: sorted(args) } : merged;
}

/** Flags are looked up by people. */
function sorted(args: object): object {
  return Object.fromEntries(Object.entries(args).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
