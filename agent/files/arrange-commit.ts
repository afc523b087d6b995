// Decides how each part of a commit gets to its place: uploaded there by the engine, or placed by the commit command.
// The engine's upload follows links, so it may only write where nobody but root can put one in the way meanwhile.
import type { DesiredDirectory } from "#shared/state/desired.ts";
import type { FileCommit } from "#shared/state/step.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";
import { reveal } from "#shared/secret.ts";
import { commitArguments, makeArgument, placeArgument } from "./commit-arguments.ts";
import type { RealPath } from "./host-tree.ts";
import { baseOf, below, parentOf } from "./resolve-path.ts";
import type { TarEntry } from "./tar.ts";

type Written = Extract<TarEntry, { readonly type: "directory" | "file" }>;
type File = FileCommit["fresh"][number];

export type ArrangedCommit = {
  /** What the engine writes to the host, in this order; names are below the host's `/`. */
  readonly upload: readonly Written[];
  /** What goes into the config container's own root, for the commit command to place; never on the host. */
  readonly staged: readonly Written[];
  /** Something is made or placed with an owner of its own, which takes a right more than renaming does. */
  readonly isPlacing: boolean;
  /** Arguments of the commit command; empty when it need not run. */
  readonly args: readonly string[];
};

/** Directory of the config container with staged files, named by their number. */
export const stageDirectory = "/flexkube-stage";

/** Every path that `arrangeCommit` must know the real place of, sorted. */
export function pathsOf(commit: FileCommit): readonly string[] {
  const files = [...commit.fresh, ...commit.replaced].map(({ path }) => parentOf(path));
  const directories = commit.directories.flatMap(({ path }) => [path, parentOf(path)]);
  return [...new Set([...files, ...directories])].toSorted();
}

/** `real`: of all `pathsOf` the commit. `modifiedAt`: epoch milliseconds. */
export function arrangeCommit(
  commit: FileCommit,
  real: ReadonlyMap<string, RealPath>,
  modifiedAt: number,
): ArrangedCommit {
  const at = (path: string): RealPath => real.get(path) ?? { path, isWayGuarded: false, isGuarded: false };
  const isUploaded = ({ path }: File): boolean => at(parentOf(path)).isGuarded;
  // a link at the file's own place is replaced, never written through
  const nameOf = ({ path }: File): string => below(at(parentOf(path)).path, baseOf(path)).slice(1);
  const empty = commit.directories.filter(({ emptyFile }) => emptyFile === true).map(emptyFileOf);
  const fresh = [...empty, ...commit.fresh].filter(isUploaded).map((file) => entryOf(file, nameOf(file), modifiedAt));
  const beside = commit.replaced.filter(isUploaded);
  const placed = [...empty, ...commit.fresh, ...commit.replaced].filter((file) => !isUploaded(file));
  const files = [...fresh, ...beside.map((file) => entryOf(file, temporaryName(nameOf(file)), modifiedAt))];
  const asked = commit.directories.filter(({ emptyFile }) => emptyFile !== true);
  const made = asked.filter(({ path }) => !at(path).isWayGuarded).toSorted(byPath);
  const directories = asked
    .filter(({ path }) => at(path).isWayGuarded)
    .map(({ path, mode, uid, gid }): Written => {
      return { type: "directory", name: at(path).path.slice(1), mode, uid, gid, modifiedAt };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    upload: closedWhileWritten(directories, files),
    staged: placed.map((file, index) => entryOf(file, `${stageDirectory.slice(1)}/${index}`, modifiedAt)),
    isPlacing: made.length + placed.length > 0,
    args: [
      ...made.map(makeArgument),
      ...placed.map(placeArgument),
      ...commitArguments({ replaced: beside, removed: commit.removed }),
    ],
  };
}

/**
 * A directory that somebody besides root may write in is root's alone until all its files are there, and gets its owner
 * by a second entry at the end.
 */
function closedWhileWritten(directories: readonly Written[], files: readonly Written[]): readonly Written[] {
  const isOpen = (entry: Written): boolean =>
    (entry.uid !== 0 || (entry.mode & 0o022) !== 0) && files.some(({ name }) => name.startsWith(`${entry.name}/`));
  const opened = directories.filter(isOpen);
  return [
    ...directories.map((entry) => (opened.includes(entry) ? { ...entry, mode: 0o700, uid: 0, gid: 0 } : entry)),
    ...files,
    // what lies deeper first: its parent is still closed
    ...opened.toReversed(),
  ];
}

function emptyFileOf({ path, mode, uid, gid, components }: FileCommit["directories"][number]): File {
  return { path, mode, uid, gid, content: "", digest: "", component: components[0] ?? "" };
}

function entryOf({ content, mode, uid, gid }: File, name: string, modifiedAt: number): Written {
  return { type: "file", name, mode, uid, gid, modifiedAt, content: Buffer.from(reveal(content)) };
}

function byPath(a: DesiredDirectory, b: DesiredDirectory): number {
  return a.path < b.path ? -1 : 1;
}
