// Files and sealed directories of a component that nothing needs any more.
import { componentDirectory, isSealedName, isSealedPath } from "#shared/state/component-directory.ts";
import type { DesiredContainer, DesiredState } from "#shared/state/desired.ts";
import type { LedgerFile } from "#shared/state/ledger.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { isTemporaryName, temporaryName } from "#shared/state/temporary-name.ts";
import { isTakenOver } from "./written-file.ts";

/**
 * Paths to remove once the component is settled; with `desired` undefined all of the component's. Sorted. A file
 * elsewhere that somebody has made his own since it was written is none of them.
 */
export function staleFiles(
  observed: ObservedState,
  desired: Pick<DesiredContainer, "component"> & Partial<Pick<DesiredContainer, "sealed" | "live">>,
): readonly string[] {
  const directory = componentDirectory(desired.component);
  const wanted = new Set([
    ...(desired.sealed === undefined ? [] : [desired.sealed.path]),
    ...(desired.live ?? []).map((file) => file.path),
  ]);
  const found = [
    ...entriesOf(observed, directory)
      .filter((entry) => isSealedName(entry))
      .map((entry) => `${directory}/${entry}`),
    ...entriesOf(observed, `${directory}/live`)
      .filter((entry) => isTemporaryName(entry) || !observed.ledger.known)
      .map((entry) => `${directory}/live/${entry}`),
    ...Object.entries(observed.ledger.files)
      .filter(([path, entry]) => entry.component === desired.component && !isTaken(observed, path, entry))
      .map(([path]) => path),
    ...[...wanted].map((path) => temporaryName(path)),
  ];
  const needed = (path: string): boolean =>
    wanted.has(path) || [...wanted].some((other) => other.startsWith(`${path}/`));
  return [...new Set(found)].filter((path) => !needed(path) && isThere(observed, path)).toSorted();
}

/** What the ledger names of a component and nobody could look at, or its own directory. Sorted. */
export function unknownFiles(
  observed: ObservedState,
  component: string,
): readonly { readonly path: string; readonly reason: string }[] {
  const ledger = Object.entries(observed.ledger.files).flatMap(([path, entry]) =>
    entry.component === component ? [path] : [],
  );
  return [componentDirectory(component), ...ledger].toSorted().flatMap((path) => {
    const found = observed.paths.get(path);
    return found?.type === "unknown" ? [{ path, reason: found.reason }] : [];
  });
}

/** Paths of all live files that are desired. */
export function livePaths({ containers }: DesiredState): ReadonlySet<string> {
  return new Set(containers.flatMap(({ live }) => live.map(({ path }) => path)));
}

/** Files of ours that are no longer desired and stay all the same, since somebody has made them his own. Sorted. */
export function takenOverFiles(observed: ObservedState, desired: DesiredState): readonly string[] {
  const wanted = livePaths(desired);
  return Object.entries(observed.ledger.files)
    .filter(([path, entry]) => !wanted.has(path) && isTaken(observed, path, entry))
    .map(([path]) => path)
    .toSorted();
}

function isTaken(observed: ObservedState, path: string, entry: LedgerFile): boolean {
  return isTakenOver(path, entry, observed.paths.get(path) ?? { type: "missing" });
}

function entriesOf(observed: ObservedState, path: string): readonly string[] {
  const found = observed.paths.get(path);
  return found?.type === "directory" ? found.entries : [];
}

/** Listed entries are there by their listing; others only when they were looked at. */
function isThere(observed: ObservedState, path: string): boolean {
  const found = observed.paths.get(path);
  if (found !== undefined) return found.type === "file" || (found.type === "directory" && isSealedPath(path));
  const slash = path.lastIndexOf("/");
  return entriesOf(observed, path.slice(0, slash)).includes(path.slice(slash + 1));
}
