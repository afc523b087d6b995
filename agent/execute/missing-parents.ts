// The directories that a commit makes on the way to its paths: `reset` removes those that are empty then.
import type { HostTree } from "#agent/files/host-tree.ts";
import { parentOf } from "#agent/files/resolve-path.ts";
import type { FileCommit } from "#shared/state/step.ts";

/** Sorted. What is below /etc/kubernetes is asked for by itself. */
export async function missingParents(
  { fresh, directories }: FileCommit,
  tree: Pick<HostTree, "observe">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const named = new Set(directories.map(({ path }) => path));
  const above = new Set([...fresh, ...directories].flatMap(({ path }) => ancestorsOf(path)));
  const unknown = [...above].filter((path) => !named.has(path) && !/^\/etc(?:\/kubernetes(?:\/|$)|$)/.test(path));
  if (unknown.length === 0) return [];
  const observed = await tree.observe(unknown.toSorted(), { signal });
  return [...observed].filter(([, { type }]) => type === "missing").map(([path]) => path);
}

function ancestorsOf(path: string): readonly string[] {
  const parent = parentOf(path);
  return parent === "/" ? [] : [parent, ...ancestorsOf(parent)];
}
