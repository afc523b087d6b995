// What the hidden `commit` command is told: one argument for each file, so that no manifest is left on the host.
import type { FileCommit } from "#shared/reconcile/step.ts";
import { isDataDirectory } from "./data-directory.ts";
import { isSealedPath } from "#shared/reconcile/component-directory.ts";

/** Mode and owner that something shall have on the host. */
type Owned = { readonly mode: number; readonly uid: number; readonly gid: number };

export type CommitOperation =
  | { readonly action: "rename" | "remove" | "remove-tree" | "remove-data" | "remove-directory"; readonly path: string }
  /** A directory; what is missing above it comes with it. */
  | ({ readonly action: "make"; readonly path: string } & Owned)
  /** A file from the stage, named by its number. */
  | ({ readonly action: "place"; readonly path: string; readonly staged: number } & Owned);
export type CommitAction = CommitOperation["action"];

/** `rename:/path` and so on, in the order of execution; empty when nothing in use changes. */
export function commitArguments(commit: Pick<FileCommit, "replaced" | "removed">): readonly string[] {
  return [
    ...commit.replaced.map(({ path }) => `rename:${path}`),
    ...commit.removed.map(({ path }) => (isSealedPath(path) ? `remove-tree:${path}` : `remove:${path}`)),
  ];
}

/** `make:0700:7:8:/path`. */
export function makeArgument({ path, ...owned }: Owned & { readonly path: string }): string {
  return `make:${ownedText(owned)}:${path}`;
}

/** `place:0:0600:7:8:/path`, for the first staged file. */
export function placeArgument({ path, ...owned }: Owned & { readonly path: string }, staged: number): string {
  return `place:${staged}:${ownedText(owned)}:${path}`;
}

function ownedText({ mode, uid, gid }: Owned): string {
  return `${mode.toString(8).padStart(4, "0")}:${uid}:${gid}`;
}

const pattern =
  /^(?:(?<plain>rename|remove|remove-tree|remove-data|remove-directory)|(?:make|place:(?<staged>\d{1,9})):(?<mode>[0-7]{4}):(?<uid>\d{1,10}):(?<gid>\d{1,10})):(?<path>\/[^]+)$/;

/** The operation, or undefined for an argument that is none, or that names a tree which may not go as a whole. */
export function parseCommitArgument(argument: string): CommitOperation | undefined {
  const { plain, staged, mode = "", uid, gid, path } = pattern.exec(argument)?.groups ?? {};
  if (path === undefined || path.split("/").some((name) => name === "." || name === "..")) return undefined;
  if (plain === undefined) {
    const owned = { path, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) };
    return staged === undefined ? { action: "make", ...owned } : { action: "place", staged: Number(staged), ...owned };
  }
  if (plain === "remove-tree") return isSealedPath(path) ? { action: plain, path } : undefined;
  if (plain === "remove-data") return isDataDirectory(path) ? { action: plain, path } : undefined;
  return plain === "rename" || plain === "remove" || plain === "remove-directory" ? { action: plain, path } : undefined;
}
