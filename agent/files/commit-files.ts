// Brings one batch of file changes to the host: one config container, one upload, one run if something is in use.
import { outputOf } from "#agent/engine/output-of.ts";
import { isFlexkubeError, FlexkubeError } from "#shared/errors.ts";
import type { Clock } from "#shared/clock.ts";
import { temporaryName } from "#shared/reconcile/temporary-name.ts";
import type { FileCommit } from "#shared/reconcile/step.ts";
import { reveal } from "#shared/secret.ts";
import { commitArguments } from "./commit-arguments.ts";
import { callDeadlineMs, hostMount, withConfigContainer, type ConfigContainerOptions } from "./config-container.ts";
import type { HostTree } from "./host-tree.ts";
import { baseOf, below, parentOf } from "./resolve-path.ts";
import { buildTar, type TarEntry } from "./tar.ts";

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
  const written = await entriesOf(commit, options);
  const args = commitArguments(commit);
  if (written.length === 0 && args.length === 0) return;
  const tar = written.length === 0 ? undefined : await buildTar(written);
  await withConfigContainer({ ...options, args: ["commit", ...args], readOnly: false }, async (id) => {
    if (tar !== undefined) {
      options.signal?.throwIfAborted();
      await upload(id, tar, options);
    }
    if (args.length === 0) return;
    options.signal?.throwIfAborted();
    await run(id, options);
  });
}

type Written = Extract<TarEntry, { readonly type: "directory" | "file" }>;

/** Directories first, parents before children; then new files; then those that are renamed later. */
async function entriesOf(commit: FileCommit, options: CommitFilesOptions): Promise<readonly Written[]> {
  const parents = [...commit.fresh, ...commit.replaced].map(({ path }) => parentOf(path));
  const paths = new Set([...commit.directories.map(({ path }) => path), ...parents]);
  const real = await options.tree.realPaths([...paths].toSorted(), { signal: options.signal });
  const modifiedAt = options.clock.now();
  const nameOf = (path: string): string => (real.get(path) ?? path).slice(1);
  // a link at the file's own place is replaced, never written through
  const at = (path: string): string => below(real.get(parentOf(path)) ?? parentOf(path), baseOf(path)).slice(1);
  const directories = commit.directories.map(({ path, mode, uid, gid }) => ({ name: nameOf(path), mode, uid, gid }));
  const file = (item: FileCommit["fresh"][number], name: string): Written => {
    const { mode, uid, gid } = item;
    return { type: "file", name, mode, uid, gid, modifiedAt, content: Buffer.from(reveal(item.content)) };
  };
  return [
    ...directories
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((item) => ({ ...item, type: "directory" as const, modifiedAt })),
    ...commit.fresh.map((item) => file(item, at(item.path))),
    ...commit.replaced.map((item) => file(item, temporaryName(at(item.path)))),
  ];
}

async function upload(id: string, tar: Uint8Array, options: CommitFilesOptions): Promise<void> {
  try {
    await options.engine.putArchive(id, hostMount, tar, { deadlineMs: callDeadlineMs });
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

async function run(id: string, options: CommitFilesOptions): Promise<void> {
  await options.engine.start(id, { deadlineMs: callDeadlineMs });
  const exitCode = await options.engine.wait(id, { deadlineMs: callDeadlineMs });
  if (exitCode === 0) return;
  const output = await outputOf(options.engine, id, 20);
  const said = output.split("\n").map(problemIn);
  throw new FlexkubeError(
    "FILES_UNWRITABLE",
    "files were delivered but could not be put in place",
    said.find((problem) => problem !== undefined) ?? {
      path: "/",
      reason: `exit code ${exitCode}: ${output.trim().slice(-500)}`,
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
