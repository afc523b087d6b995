// The order in which a host's containers start: dependencies first, then rank, then name.
import { FlexkubeError } from "#shared/errors.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";

type Ordered = Pick<DesiredContainer, "name" | "rank" | "dependsOn">;

/**
 * Sorts containers for start; `unmet` are names of those that cannot be specified yet, for which others wait. Throws
 * INTERNAL_BUG on a cycle or an unknown dependency: validation refuses such a config earlier.
 */
export function startOrder<Container extends Ordered>(
  containers: readonly Container[],
  unmet: readonly string[] = [],
): readonly Container[] {
  const known = new Set([...containers.map((container) => container.name), ...unmet]);
  for (const dependency of containers.flatMap((container) => container.dependsOn))
    if (!known.has(dependency))
      throw new FlexkubeError("INTERNAL_BUG", "a container depends on one that is not there", { reason: dependency });

  const waiting = containers.toSorted(byRankThenName);
  const placed = new Set<string>(unmet);
  const ordered: Container[] = [];
  while (waiting.length > 0) {
    const index = waiting.findIndex((container) => container.dependsOn.every((name) => placed.has(name)));
    const [next] = index === -1 ? [] : waiting.splice(index, 1);
    if (next === undefined)
      throw new FlexkubeError("INTERNAL_BUG", "containers depend on each other in a circle", {
        reason: waiting.map((container) => container.name).join(", "),
      });
    placed.add(next.name);
    ordered.push(next);
  }
  return ordered;
}

function byRankThenName(a: Ordered, b: Ordered): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.name < b.name ? -1 : 1;
}
