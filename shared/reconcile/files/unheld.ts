// Writes that did not give what was asked: a file system may keep other owners, modes or contents. Such a write is told
// of and not repeated while all is as it was.
import type { DesiredFile } from "#shared/state/desired.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type { ObservedPath, ObservedState } from "#shared/state/observed.ts";
import type { FileCommit } from "#shared/state/step.ts";
import { ownedText } from "./written-file.ts";

type Wanted = Pick<DesiredFile, "mode" | "uid" | "gid"> & { readonly digest?: string | undefined };

/** The ledger after a look at what a commit under the host config with this hash has written. */
export function ledgerAfterLook(
  ledger: Ledger,
  commit: FileCommit,
  { paths, config }: { readonly paths: ObservedState["paths"]; readonly config: string },
): Ledger {
  const unheld = new Map(Object.entries(ledger.unheld ?? {}).filter(([, entry]) => entry.config === config));
  for (const { path, wanted } of written(commit)) {
    const found = paths.get(path) ?? { type: "missing" };
    const texts = { wanted: wantedText(wanted), found: foundText(found) };
    if (found.type === "unknown" || texts.wanted === texts.found) unheld.delete(path);
    else unheld.set(path, { ...texts, config });
  }
  const { unheld: _before, ...rest } = ledger;
  return unheld.size === 0 ? rest : { ...rest, unheld: Object.fromEntries(unheld) };
}

/** What a commit leaves at which paths. */
export function writtenPaths(commit: FileCommit): readonly string[] {
  return written(commit).map(({ path }) => path);
}

/** Only what was seen under the host config with this hash: another config is another try. */
export function ledgerUnder(config: string, ledger: Ledger): Ledger {
  const { unheld, ...rest } = ledger;
  if (unheld === undefined) return ledger;
  const kept = Object.entries(unheld).filter(([, entry]) => entry.config === config);
  return { ...rest, unheld: Object.fromEntries(kept) };
}

/** Why the path is not written once more; undefined when it is to be written. */
export function unheldReason(
  { unheld }: Ledger,
  path: string,
  { wanted, found }: { readonly wanted: Wanted; readonly found: ObservedPath },
): string | undefined {
  const known = new Map(Object.entries(unheld ?? {})).get(path);
  if (known === undefined || known.wanted !== wantedText(wanted) || known.found !== foundText(found)) return undefined;
  return (
    `${path} was written, but ${differenceText(wanted, found)}: its file system does not keep what is written ` +
    "(NFS with root_squash, vfat or a user namespace?); it is not written again until it, the file system's answer or " +
    "the host config changes: use a file system that keeps it, or ask for what it keeps"
  );
}

function written(commit: FileCommit): readonly { readonly path: string; readonly wanted: Wanted }[] {
  const directories = commit.directories.filter(({ emptyFile }) => emptyFile !== true);
  return [...directories, ...commit.fresh, ...commit.replaced].map((item) => ({ path: item.path, wanted: item }));
}

function wantedText(wanted: Wanted): string {
  return wanted.digest === undefined ? `directory ${ownedText(wanted)}` : `file ${wanted.digest} ${ownedText(wanted)}`;
}

function foundText(found: ObservedPath): string {
  if (found.type === "directory") return `directory ${ownedText(found)}`;
  return found.type === "file" ? `file ${found.digest} ${ownedText(found)}` : found.type;
}

function differenceText(wanted: Wanted, found: ObservedPath): string {
  if (found.type === "missing") return "nothing is there";
  const isOfKind = found.type === (wanted.digest === undefined ? "directory" : "file");
  if (!isOfKind || (found.type !== "file" && found.type !== "directory")) return "something else is there";
  if (ownedText(found) !== ownedText(wanted))
    return `its mode and owner are ${ownedText(found)} and not ${ownedText(wanted)}`;
  return "its content is another";
}
