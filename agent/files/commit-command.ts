// The hidden `commit` command, run inside a config container: puts delivered files in force and removes others.
// It must do the same when it is run again after it was killed, and must not leave the host's tree through a link.
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import { isLivePath } from "#shared/state/component-directory.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";
import { parseCommitArgument, type CommitOperation } from "./commit-arguments.ts";
import { errnoOf, errnoText } from "./errno.ts";
import { lookAtLink } from "./look-at-link.ts";
import { makeDirectories, withOpenDirectory } from "./open-directory.ts";
import { ownTree } from "./own-tree.ts";
import { makeDirectory, placeFile, typeAt, unlinkIfThere, unwritable } from "./place.ts";
import { realPathOf } from "./real-path.ts";
import { baseOf, parentOf, resolvePath } from "./resolve-path.ts";

export type CommitCommandOptions = {
  /** Where the host's `/` is. */
  readonly root: string;
  /** Where files to be placed are, named by their number. */
  readonly stage: string;
  /** Takes one line of JSON, `{"path","reason"}`, when something failed. */
  readonly print: (line: string) => void;
};

/** Exit code 0; 64 for an argument that is no operation, before anything is done; 73 at the first that fails. */
export async function runCommit(args: readonly string[], options: CommitCommandOptions): Promise<number> {
  const operations: CommitOperation[] = [];
  for (const argument of args) {
    const operation = parseCommitArgument(argument);
    if (operation === undefined) {
      options.print(JSON.stringify({ path: argument, reason: "not an operation" }));
      return exitCodes.usage;
    }
    operations.push(operation);
  }
  let path = "/";
  try {
    for (const operation of operations) {
      path = operation.path;
      await perform(operation, options);
    }
    await removeEmptyDirectories(operations, options.root);
    return exitCodes.ok;
  } catch (error) {
    options.print(JSON.stringify({ path, reason: reasonOf(error) }));
    return exitCodes.files;
  }
}

async function perform(operation: CommitOperation, { root, stage }: CommitCommandOptions): Promise<void> {
  const { action, path } = operation;
  if (operation.action === "own" || operation.action === "own-top") return own(operation, root);
  const resolved = await resolvePath(parentOf(path), (at) => lookAtLink(root, at), "root");
  const isMade = action === "make" || action === "place";
  // what is to be removed is not there
  if (!isMade && action !== "rename" && resolved.type !== "found") return;
  const directory = realPathOf(path, resolved);
  if (isMade) makeDirectories(root, directory);
  const name = baseOf(path);
  withOpenDirectory(root, directory, (at, fd) => {
    if (action === "rename") rename(at, name);
    else if (action === "make") makeDirectory(at, name, operation);
    else if (action === "place")
      placeFile(at, name, { ...operation, content: readFileSync(`${stage}/${operation.staged}`) });
    else if (action === "remove-directory") removeIfEmpty(`${at}/${name}`);
    else remove(at, { name, tree: action === "remove-tree" || action === "remove-data" });
    fsyncSync(fd);
  });
}

/** A link of root's may stand for a data directory; missing, it has nothing to be given. */
async function own(
  { action, path, mode, from, uid, gid }: CommitOperation & { readonly action: "own" | "own-top" },
  root: string,
): Promise<void> {
  const resolved = await resolvePath(path, (at) => lookAtLink(root, at), "root");
  if (resolved.type === "missing") return;
  const real = realPathOf(path, resolved);
  withOpenDirectory(root, parentOf(real), (at, fd) => {
    ownTree(at, baseOf(real), { to: { uid, gid }, isWhole: action === "own", mode, from });
    fsyncSync(fd);
  });
}

function rename(directory: string, name: string): void {
  const temporary = temporaryName(`${directory}/${name}`);
  const final = `${directory}/${name}`;
  const there = typeAt(final);
  if (typeAt(temporary) === "missing") {
    // an earlier run was killed after the rename
    if (there === "file") return;
    throw unwritable(name, "it was not delivered");
  }
  if (there === "directory") {
    unlinkSync(temporary);
    throw unwritable(name, "a directory is in its place");
  }
  const fd = openSync(temporary, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, final);
}

function remove(directory: string, what: { readonly name: string; readonly tree: boolean }): void {
  const path = `${directory}/${what.name}`;
  // what an interrupted replacement of the same file left behind
  if (!what.tree) unlinkIfThere(temporaryName(path));
  const there = typeAt(path);
  if (there === "directory" && what.tree) rmSync(path, { recursive: true, force: true });
  else if (there === "directory") throw unwritable(what.name, "it is a directory");
  else unlinkIfThere(path);
}

/** A component's `live` directory and its own go with the last file in them. */
async function removeEmptyDirectories(operations: readonly CommitOperation[], root: string): Promise<void> {
  const parents = operations.filter(({ action }) => action.startsWith("remove")).map(({ path }) => parentOf(path));
  const emptied = new Set(
    parents.flatMap((path) => (isLivePath(path) ? [path, parentOf(path)] : [path])).filter(isOurs),
  );
  for (const path of [...emptied].toSorted().toReversed()) {
    const resolved = await resolvePath(parentOf(path), (at) => lookAtLink(root, at), "root");
    if (resolved.type !== "found") continue;
    withOpenDirectory(root, resolved.path, (directory) => {
      removeIfEmpty(`${directory}/${baseOf(path)}`);
    });
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    // still in use, gone already, or a link: none of them is ours to remove
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"].includes(errnoOf(error) ?? "")) throw error;
  }
}

function isOurs(path: string): boolean {
  return isLivePath(path) || /^\/etc\/kubernetes\/[a-z0-9][a-z0-9-]*$/.test(path);
}

function reasonOf(error: unknown): string {
  if (isFlexkubeError(error, "FILES_UNWRITABLE")) return error.details.reason;
  if (isFlexkubeError(error, "FILES_BLOCKED")) return `found ${error.details.found}`;
  const errno = errnoOf(error);
  if (errno === "ELOOP" || errno === "ENOTDIR") return "something on the way to it was changed while it was looked at";
  return errno === undefined ? String(error) : errnoText(errno);
}
