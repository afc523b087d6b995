// What the hidden `commit` command is told: one argument for each file, so that no manifest is left on the host.
import type { FileCommit } from "#shared/reconcile/step.ts";
import { isDataDirectory } from "./data-directory.ts";
import { isSealedDirectory } from "./sealed-directory.ts";

export type CommitAction = "rename" | "remove" | "remove-tree" | "remove-data" | "remove-directory";
export type CommitOperation = { readonly action: CommitAction; readonly path: string };

/** `rename:/path` and so on, in the order of execution; empty when nothing in use changes. */
export function commitArguments(commit: FileCommit): readonly string[] {
  return [
    ...commit.replaced.map(({ path }) => `rename:${path}`),
    ...commit.removed.map(({ path }) => (isSealedDirectory(path) ? `remove-tree:${path}` : `remove:${path}`)),
  ];
}

/** The operation, or undefined for an argument that is none, or that names a tree which may not go as a whole. */
export function parseCommitArgument(argument: string): CommitOperation | undefined {
  const match = /^(rename|remove|remove-tree|remove-data|remove-directory):(\/[^]+)$/.exec(argument);
  const [, action, path] = match ?? [];
  if (path === undefined || path.split("/").some((name) => name === "." || name === "..")) return undefined;
  if (action === "remove-tree") return isSealedDirectory(path) ? { action, path } : undefined;
  if (action === "remove-data") return isDataDirectory(path) ? { action, path } : undefined;
  return action === "rename" || action === "remove" || action === "remove-directory" ? { action, path } : undefined;
}
