// Is a file still what was written? Only such a file may be removed: a path alone makes nothing ours.
import { componentDirectory } from "#shared/state/component-directory.ts";
import type { DesiredFile } from "#shared/state/desired.ts";
import type { LedgerFile } from "#shared/state/ledger.ts";
import type { ObservedPath } from "#shared/state/observed.ts";

/** How often a commit may be cut off before its file is written, and the file still be known. */
const rememberedWrites = 8;

/** The ledger's entry for a file, to be on disk before the file is written; `known` is the entry so far. */
export function writtenEntry(
  file: Pick<DesiredFile, "digest" | "mode" | "uid" | "gid"> & { readonly component: string },
  known?: LedgerFile,
): LedgerFile {
  const entry = { component: file.component, digest: file.digest, owned: ownedText(file) };
  if (known === undefined) return entry;
  const before = [{ digest: known.digest, owned: known.owned }, ...(known.before ?? [])]
    .filter(({ digest, owned }) => digest !== entry.digest || owned !== entry.owned)
    .slice(0, rememberedWrites);
  return before.length === 0 ? entry : { ...entry, before };
}

/** True when content, mode and owner are those that were written last, or before a write that was cut off. */
export function isAsWritten(entry: LedgerFile, found: ObservedPath): boolean {
  if (found.type !== "file") return false;
  return [entry, ...(entry.before ?? [])].some(
    ({ digest, owned }) => digest === found.digest && (owned === undefined || owned === ownedText(found)),
  );
}

/** True for a path below the component's own directory, where all is ours. */
export function isInOwnDirectory(component: string, path: string): boolean {
  return path.startsWith(`${componentDirectory(component)}/`);
}

/** True for a file that was ours and that somebody has made his own. */
export function isTakenOver(path: string, entry: LedgerFile, found: ObservedPath): boolean {
  return found.type === "file" && !isInOwnDirectory(entry.component, path) && !isAsWritten(entry, found);
}

/** `0640 7:8`. */
export function ownedText({
  mode,
  uid,
  gid,
}: {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}): string {
  return `${mode.toString(8).padStart(4, "0")} ${uid}:${gid}`;
}
