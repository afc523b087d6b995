// The directories that `reset --data` removes.
import type { DesiredState } from "#shared/state/desired.ts";

/** Paths of all data of the components, sorted; never a directory that is the host's own. */
export function dataDirectories(before: Pick<DesiredState, "containers"> | undefined): readonly string[] {
  const own = (before?.containers ?? []).flatMap((container) =>
    container.dataDirectories.filter(({ shared }) => shared !== true).map(({ path }) => path),
  );
  return [...new Set(own)].toSorted();
}
