// Brings one batch of file changes to the host: one config container, one upload, one run if something is in use.
import type { Engine } from "#agent/engine/engine.ts";
import { runHelper } from "#agent/engine/helper.ts";
import { isFlexkubeError, FlexkubeError } from "#shared/errors.ts";
import type { Clock } from "#shared/clock.ts";
import type { FileCommit } from "#shared/state/step.ts";
import { arrangeCommit, pathsOf } from "./arrange-commit.ts";
import { hostMount, withConfigContainer, writeDeadlineMs, type ConfigContainerOptions } from "./config-container.ts";
import type { HostTree } from "./host-tree.ts";
import { buildTar } from "./tar.ts";

export type CommitFilesOptions = ConfigContainerOptions & {
  /** Follows the links on the way to each path: the archive API replaces links and cannot follow absolute ones. */
  readonly tree: HostTree;
  readonly clock: Clock;
};

/**
 * Writes, replaces and removes what the commit says. Killed anywhere, the same commit can be made again. Throws
 * FILES_BLOCKED, FILES_UNWRITABLE, ENGINE_*.
 */
export async function commitFiles(commit: FileCommit, options: CommitFilesOptions): Promise<void> {
  const { tree, signal, clock } = options;
  const real = await tree.realPaths(pathsOf(commit), { signal });
  const { upload, staged, isPlacing, args } = arrangeCommit(commit, real, clock.now());
  if (upload.length === 0 && args.length === 0) return;
  const container = { ...options, args: ["commit", ...args], readOnly: false, isStage: isPlacing };
  await withConfigContainer(container, async (id) => {
    if (upload.length > 0) await put(id, { at: hostMount, entries: upload }, options);
    if (staged.length > 0) await put(id, { at: "/", entries: staged }, options);
    if (args.length === 0) return;
    signal?.throwIfAborted();
    await runCommitContainer(id, { engine: options.engine, deadlineMs: writeDeadlineMs });
  });
}

type Upload = { readonly at: string; readonly entries: Parameters<typeof buildTar>[0] };

async function put(id: string, { at, entries }: Upload, options: CommitFilesOptions): Promise<void> {
  const tar = await buildTar(entries);
  options.signal?.throwIfAborted();
  try {
    await options.engine.putArchive(id, at, tar, { deadlineMs: writeDeadlineMs });
  } catch (error) {
    if (!isFlexkubeError(error, "ENGINE_REFUSED")) throw error;
    throw new FlexkubeError(
      "FILES_UNWRITABLE",
      "the engine could not write files to the host",
      { path: "/", reason: error.details.reason },
      { cause: error },
    );
  }
}

/** Runs the commit command of a config container to its end. `deadlineMs` is its own. Throws FILES_UNWRITABLE, ENGINE_*. */
export async function runCommitContainer(
  id: string,
  { engine, deadlineMs }: { readonly engine: Engine; readonly deadlineMs: number },
): Promise<void> {
  const failure = await runHelper(engine, id, { deadlineMs });
  if (failure === undefined) return;
  const said = failure.output.split("\n").map(problemIn);
  throw new FlexkubeError(
    "FILES_UNWRITABLE",
    "files were delivered but could not be put in place",
    said.find((problem) => problem !== undefined) ?? {
      path: "/",
      reason: `exit code ${failure.exitCode}: ${failure.output.slice(-500)}`,
    },
  );
}

/** The commit command's own word on what failed: one line of JSON. */
function problemIn(line: string): { readonly path: string; readonly reason: string } | undefined {
  if (!line.trim().startsWith("{")) return undefined;
  try {
    const said: unknown = JSON.parse(line);
    if (typeof said !== "object" || said === null || !("path" in said) || !("reason" in said)) return undefined;
    return { path: String(said.path), reason: String(said.reason) };
  } catch {
    // not ours: shown as it is
    return undefined;
  }
}
