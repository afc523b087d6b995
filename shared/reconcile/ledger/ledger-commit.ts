// What a file commit means for the ledger: entries come before their files and go after them.
import { componentDirectory, isSealedName } from "#shared/state/component-directory.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type { FileCommit } from "#shared/state/step.ts";
import { writtenEntry } from "#shared/reconcile/files/written-file.ts";

/** The ledger to be on disk before the first file is written; `parents` are further directories that are made for it. */
export function ledgerBeforeCommit(ledger: Ledger, commit: FileCommit, parents: readonly string[] = []): Ledger {
  const files = { ...ledger.files };
  const delivered = { ...ledger.delivered };
  for (const file of [...commit.fresh, ...commit.replaced]) {
    const path = ledgerPath(file.component, file.path);
    files[path] =
      path === file.path ? writtenEntry(file, ledger.files[path]) : { component: file.component, digest: "" };
    delete delivered[file.path];
  }
  const made = commit.directories.map(({ path }) => path);
  const directories = [...new Set([...(ledger.directories ?? []), ...made, ...parents])].toSorted();
  return { ...ledger, files, delivered, ...(directories.length === 0 ? {} : { directories }) };
}

/** The ledger once all is written and removed. */
export function ledgerAfterCommit(ledger: Ledger, commit: FileCommit): Ledger {
  const gone = (path: string): boolean =>
    commit.removed.some((removed) => path === removed.path || path.startsWith(`${removed.path}/`));
  const written = new Map([...commit.fresh, ...commit.replaced].map((file) => [file.path, file]));
  const files = Object.entries(ledger.files)
    .filter(([path]) => !gone(path))
    .map(([path, entry]) => {
      const file = written.get(path);
      return [path, file === undefined ? entry : writtenEntry(file)] as const;
    });
  const delivered = Object.entries(ledger.delivered).filter(([path]) => !gone(path));
  for (const { path, digest, deliveredTo } of commit.replaced)
    if (deliveredTo !== undefined) delivered.push([path, { container: deliveredTo, digest }]);
  return { ...ledger, files: Object.fromEntries(files), delivered: Object.fromEntries(delivered) };
}

/** A sealed file is remembered by its directory, which goes as a whole. */
function ledgerPath(component: string, path: string): string {
  const directory = componentDirectory(component);
  const first = path.startsWith(`${directory}/`) ? (path.slice(directory.length + 1).split("/")[0] ?? "") : "";
  return isSealedName(first) ? `${directory}/${first}` : path;
}
