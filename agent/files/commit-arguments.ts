// What the hidden `commit` command is told: one argument for each file, so that no manifest is left on the host.
import type { Owner } from "#shared/state/desired.ts";
import type { FileCommit, GivenDirectory } from "#shared/state/step.ts";
import { isDataDirectory } from "./data-directory.ts";
import { isLivePath, isSealedPath } from "#shared/state/component-directory.ts";

/** Mode and owner that something shall have on the host. */
type Owned = { readonly mode: number; readonly uid: number; readonly gid: number };

export type CommitOperation =
  | { readonly action: "rename" | "remove" | "remove-tree" | "remove-data" | "remove-directory"; readonly path: string }
  /** A directory; what is missing above it comes with it. */
  | ({ readonly action: "make"; readonly path: string } & Owned)
  /** A directory with all in it, from these owners to that one. */
  | ({
      readonly action: "own" | "own-top";
      readonly path: string;
      readonly mode: number | undefined;
      readonly from: readonly Owner[];
    } & Owner)
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

/** `own:0700:7:8:65534.65534,9.9:/path`, `own-top` without what is in it; `keep` for a mode that stays. */
export function ownArgument({ path, isWhole, mode, uid, gid, from }: Omit<GivenDirectory, "holds" | "found">): string {
  return `${isWhole ? "own" : "own-top"}:${mode === undefined ? "keep" : modeText(mode)}:${uid}:${gid}:${from.map((owner) => `${owner.uid}.${owner.gid}`).join(",")}:${path}`;
}

function ownedText({ mode, uid, gid }: Owned): string {
  return `${modeText(mode)}:${uid}:${gid}`;
}

function modeText(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

const pattern =
  /^(?:(?<plain>rename|remove|remove-tree|remove-data|remove-directory)|(?:make|place:(?<staged>\d{1,9})):(?<mode>[0-7]{4}):(?<uid>\d{1,10}):(?<gid>\d{1,10})):(?<path>\/[^]+)$/;

const ownPattern =
  /^(?<action>own|own-top):(?<mode>keep|[0-7]{4}):(?<uid>\d{1,10}):(?<gid>\d{1,10}):(?<from>\d{1,10}\.\d{1,10}(?:,\d{1,10}\.\d{1,10})*):(?<path>\/[^]+)$/;

/** The operation, or undefined for an argument that is none, or that names a tree which may not go as a whole. */
export function parseCommitArgument(argument: string): CommitOperation | undefined {
  if (/^own(?:-top)?:/.test(argument)) return parseOwn(argument);
  const { plain, staged, mode = "", uid, gid, path } = pattern.exec(argument)?.groups ?? {};
  if (path === undefined || leadsAstray(path)) return undefined;
  if (plain === undefined) {
    const owned = { path, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) };
    return staged === undefined ? { action: "make", ...owned } : { action: "place", staged: Number(staged), ...owned };
  }
  if (plain === "remove-tree") return isSealedPath(path) ? { action: plain, path } : undefined;
  if (plain === "remove-data") return isDataDirectory(path) ? { action: plain, path } : undefined;
  return plain === "rename" || plain === "remove" || plain === "remove-directory" ? { action: plain, path } : undefined;
}

/** Only what is one component's alone: its data, or its live files. */
function parseOwn(argument: string): CommitOperation | undefined {
  const { action, mode, uid, gid, from = "", path } = ownPattern.exec(argument)?.groups ?? {};
  if (path === undefined || leadsAstray(path) || !(isDataDirectory(path) || isLivePath(path))) return undefined;
  const owners = from.split(",").map((owner) => {
    const [user, group] = owner.split(".");
    return { uid: Number(user), gid: Number(group) };
  });
  const wanted = mode === "keep" || mode === undefined ? undefined : Number.parseInt(mode, 8);
  return {
    action: action === "own" ? "own" : "own-top",
    path,
    mode: wanted,
    uid: Number(uid),
    gid: Number(gid),
    from: owners,
  };
}

function leadsAstray(path: string): boolean {
  return path.split("/").some((name) => name === "." || name === "..");
}
