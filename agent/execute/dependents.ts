// Which components cannot go on when some have failed.
import type { DesiredState } from "#shared/state/desired.ts";

/** The given components and all that depend on them, directly or not. */
export function dependents(desired: DesiredState, failed: readonly string[]): ReadonlySet<string> {
  const components = new Set(failed);
  // containers are in start order, so one pass reaches indirect dependents too
  for (const container of desired.containers) {
    const waits = container.dependsOn.some((name) =>
      desired.containers.some((other) => other.name === name && components.has(other.component)),
    );
    if (waits) components.add(container.component);
  }
  return components;
}
