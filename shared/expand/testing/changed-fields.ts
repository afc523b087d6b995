// Which fields of a desired container differ, for tables of "this change does that".
import type { DesiredContainer } from "#shared/state/desired.ts";

/** Names of the fields that differ, sorted. Secrets count by their digests. */
export function changedFields(before: DesiredContainer, after: DesiredContainer): readonly string[] {
  const was = new Map(Object.entries(before).map(([key, value]) => [key, JSON.stringify(value)]));
  const is = new Map(Object.entries(after).map(([key, value]) => [key, JSON.stringify(value)]));
  return [...new Set([...was.keys(), ...is.keys()])].filter((key) => was.get(key) !== is.get(key)).toSorted();
}
