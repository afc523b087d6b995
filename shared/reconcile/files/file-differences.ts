// How the files of one container differ from what they shall be. Pure comparison; nothing is decided about containers.
import { blockedFor } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer, DesiredDirectory, DesiredFile, LiveFile } from "#shared/state/desired.ts";
import type { ObservedContainer, ObservedPath, ObservedState, UnknownPath } from "#shared/state/observed.ts";
import { containerPaths } from "./paths-in-question.ts";
import type { Blocked } from "#shared/state/step.ts";
import { unheldReason } from "./unheld.ts";

type Observed<Type extends ObservedPath["type"]> = Extract<ObservedPath, { readonly type: Type }>;

export type FileDifferences = {
  /** Directories to make or to set right. */
  readonly directories: readonly DesiredDirectory[];
  /** Missing or differing sealed files. */
  readonly sealed: readonly FileDifference<DesiredFile>[];
  /** Missing or differing live files. */
  readonly live: readonly FileDifference<LiveFile>[];
  readonly blocked: readonly Blocked[];
  /** What was written and is not kept as it was asked for: told, not written again, and no reason to stop anything. */
  readonly unheld: readonly Blocked[];
};

export type FileDifference<File> = {
  readonly file: File;
  /** What is there now; undefined when nothing is. */
  readonly found?: Observed<"file"> | undefined;
};

/** Compares sealed and live files and directories of a container with the host. */
export function fileDifferences(desired: DesiredContainer, observed: ObservedState): FileDifferences {
  const blocked: Blocked[] = [...unknownPaths(desired, observed)];
  const look = (path: string): ObservedPath => observed.paths.get(path) ?? { type: "missing" };
  const unheld: Blocked[] = [];
  const isUnheld = (wanted: DesiredDirectory & { readonly digest?: string }, found: ObservedPath): boolean => {
    const reason = unheldReason(observed.ledger, wanted.path, { wanted, found });
    if (reason !== undefined) unheld.push(blockedFor(desired, "path-blocked", reason));
    return reason !== undefined;
  };
  const directories = [
    ...desired.dataDirectories.filter((directory) => isAbsent(look(directory.path))),
    ...differingDirectories(managedDirectories(desired), look, (path, what) =>
      blocked.push(blockedFor(desired, "path-blocked", inTheWay(path, what, "a directory"))),
    ).filter((directory) => !isUnheld(directory, look(directory.path))),
  ];
  for (const { path, emptyFile } of desired.dataDirectories) {
    const found = look(path);
    const wanted = emptyFile === true ? "a file" : "a directory";
    const isWrong = emptyFile === true ? found.type === "directory" : found.type === "file";
    if ((isWrong && found.type !== "unknown") || found.type === "other")
      blocked.push(blockedFor(desired, "path-blocked", inTheWay(path, describe(found), wanted)));
  }
  const compare = <File extends DesiredFile>(file: File): FileDifference<File> | undefined => {
    const found = look(file.path);
    if (found.type === "missing") return isUnheld(file, found) ? undefined : { file };
    if (found.type === "file") return isSame(file, found) || isUnheld(file, found) ? undefined : { file, found };
    if (found.type === "unknown") return undefined;
    blocked.push(blockedFor(desired, "path-blocked", inTheWay(file.path, describe(found), "a file")));
    return undefined;
  };
  const sealed = (desired.sealed?.files ?? []).map(compare).filter((item) => item !== undefined);
  const live = desired.live.map(compare).filter((item) => item !== undefined);
  for (const { file, found } of live)
    if (found !== undefined && !file.ownDirectory && !file.takeOver && observed.ledger.files[file.path] === undefined)
      blocked.push(
        blockedFor(
          desired,
          "path-taken",
          `${file.path} differs and is not ours; set takeOver: true to overwrite it, or move it away`,
        ),
      );
  return { directories, sealed, live, blocked, unheld };
}

/** Lines about paths of which nothing is known: a dead mount may hold hundreds. */
const maxDetails = 5;

/** What it needs to know and nobody could look at: nothing of it is touched until that is known. */
function unknownPaths(desired: DesiredContainer, observed: ObservedState): readonly Blocked[] {
  const unknown = containerPaths(desired).flatMap((path) => {
    const found = observed.paths.get(path);
    return found?.type === "unknown" ? [`${path} cannot be looked at: ${found.reason}`] : [];
  });
  const [first] = unknown;
  if (first === undefined) return [];
  const rest = unknown.length === 1 ? "" : ` (and ${unknown.length - 1} more)`;
  return [{ ...blockedFor(desired, "unknown", `${first}${rest}`), details: unknown.slice(1, maxDetails) }];
}

/** Content, mode and owner equal. */
export function isSame(file: DesiredFile, found: ObservedPath): boolean {
  return (
    found.type === "file" &&
    found.digest === file.digest &&
    found.mode === file.mode &&
    found.uid === file.uid &&
    found.gid === file.gid
  );
}

/** True when a live file's effect has not reached the running container yet. */
export function isEffectDue(file: LiveFile, container: ObservedContainer, observed: ObservedState): boolean {
  const found = observed.paths.get(file.path);
  if (file.effect === "none" || found?.type !== "file" || container.startedAt === undefined) return false;
  if (found.changedAt <= container.startedAt) return false;
  const delivered = observed.ledger.delivered[file.path];
  return delivered?.container !== container.id || delivered.digest !== file.digest;
}

function managedDirectories(desired: DesiredContainer): readonly DesiredDirectory[] {
  return [
    ...(desired.ownDirectory === undefined ? [] : [desired.ownDirectory]),
    ...(desired.sealed === undefined ? [] : [desired.sealed, ...desired.sealed.subdirectories]),
    ...(desired.liveDirectory === undefined ? [] : [desired.liveDirectory]),
  ].map(({ path, mode, uid, gid }) => ({ path, mode, uid, gid }));
}

function differingDirectories(
  wanted: readonly DesiredDirectory[],
  look: (path: string) => ObservedPath,
  block: (path: string, what: string) => void,
): readonly DesiredDirectory[] {
  return wanted.filter((directory) => {
    const found = look(directory.path);
    if (found.type === "missing") return true;
    if (found.type === "directory")
      return found.mode !== directory.mode || found.uid !== directory.uid || found.gid !== directory.gid;
    if (found.type !== "unknown") block(directory.path, describe(found));
    return false;
  });
}

function isAbsent(found: ObservedPath): boolean {
  return found.type === "missing";
}

/** What stands there is somebody's, so he moves it. `what` may name a place above the path that leads nowhere. */
function inTheWay(path: string, what: string, wanted: string): string {
  const remedy = what.startsWith("below ") ? "put that right" : "move it away";
  return `${path} is ${what} where ${wanted} should be: ${remedy} on this host, or name another path in the cluster config`;
}

function describe(found: Exclude<ObservedPath, UnknownPath>): string {
  if (found.type === "other") return found.what;
  return found.type === "directory" ? "a directory" : found.type === "file" ? "a file" : "nothing";
}
