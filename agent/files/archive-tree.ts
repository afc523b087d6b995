// The host's files through a config container, for an agent without the read-only mount of the host's `/`.
// Each call makes and removes a container, so that ticks are no longer free.
import { contentDigest } from "#shared/canonical.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { ObservedPath } from "#shared/state/observed.ts";
import type { Engine } from "#agent/engine/engine.ts";
import { helperCallMs } from "#agent/engine/helper.ts";
import { createArchiveSession, type ArchiveSession } from "./archive-session.ts";
import { withConfigContainer } from "./config-container.ts";
import { maxFileBytes, tooLargeDigest, type HostTree, type ObserveOptions } from "./host-tree.ts";
import { realPathOf } from "./real-path.ts";
import { resolvePath } from "./resolve-path.ts";

export type ArchiveTreeOptions = {
  readonly engine: Engine;
  /** Id of the agent's own image. */
  readonly selfImage: () => Promise<string>;
  /** A fresh short name part. */
  readonly nonce: () => string;
};

/** The tree as the engine sees it. `changedAt` is the time of modification: the archive API has no other. */
export function createArchiveTree(options: ArchiveTreeOptions): HostTree {
  return {
    free: false,
    observe: async (paths, observeOptions = {}) =>
      inSession(options, paths, {
        signal: observeOptions.signal,
        ask: async (path, session) => observeOrTell(path, session, observeOptions),
      }),
    readFile: async (path, { signal } = {}) => {
      const found = await inSession(options, [path], { signal, ask: contentOf });
      return found.get(path);
    },
    realPaths: async (paths, { signal } = {}) =>
      inSession(options, paths, {
        signal,
        // HEAD has no owner, so nothing is known to be guarded: the commit command looks for itself
        ask: async (path, session) => ({
          path: realPathOf(path, await resolvePath(path, session.look, "root")),
          isWayGuarded: false,
          isGuarded: false,
        }),
      }),
  };
}

async function inSession<Answer>(
  options: ArchiveTreeOptions,
  paths: readonly string[],
  about: {
    readonly signal: AbortSignal | undefined;
    readonly ask: (path: string, session: ArchiveSession) => Promise<Answer>;
  },
): Promise<ReadonlyMap<string, Answer>> {
  if (paths.length === 0) return new Map();
  const { engine } = options;
  const selfImage = await options.selfImage();
  const container = { engine, selfImage, nonce: options.nonce(), signal: about.signal };
  return withConfigContainer({ ...container, args: ["commit"], readOnly: true }, async (id) => {
    const session = createArchiveSession(engine, id, { deadlineMs: helperCallMs });
    const answers = new Map<string, Answer>();
    for (const path of paths) {
      about.signal?.throwIfAborted();
      answers.set(path, await about.ask(path, session));
    }
    return answers;
  });
}

/** An engine that is gone is no matter of one path. */
async function observeOrTell(path: string, session: ArchiveSession, options: ObserveOptions): Promise<ObservedPath> {
  try {
    return await observeOne(path, session, options);
  } catch (error) {
    if (!isFlexkubeError(error) || error.code === "ENGINE_UNREACHABLE") throw error;
    return { type: "unknown", reason: reasonOf(error) };
  }
}

async function observeOne(path: string, session: ArchiveSession, options: ObserveOptions): Promise<ObservedPath> {
  const resolved = await resolvePath(path, session.look);
  if (resolved.type === "missing") return { type: "missing" };
  if (resolved.type === "blocked") return { type: "other", what: resolved.what };
  const looked = await session.look(resolved.path);
  if (looked.type === "other") return { type: "other", what: looked.what };
  if (looked.type === "directory") {
    const found = await session.readDirectory(resolved.path);
    if (found === undefined) return { type: "missing" };
    const { mode, uid, gid } = found.entry;
    return { type: "directory", mode, uid, gid, entries: found.entries };
  }
  if (looked.stat !== undefined && looked.stat.size > maxFileBytes) {
    const { mode, size, modifiedAt } = looked.stat;
    return { type: "file", mode, uid: 0, gid: 0, digest: tooLargeDigest(size), changedAt: modifiedAt };
  }
  const file = await session.readFile(resolved.path);
  if (file === undefined) return { type: "missing" };
  const { mode, uid, gid, modifiedAt: changedAt, content } = file;
  const tooLarge = content.byteLength > maxFileBytes;
  const digest = tooLarge ? tooLargeDigest(content.byteLength) : contentDigest(content, options.hashKey);
  return { type: "file", mode, uid, gid, digest, changedAt };
}

async function contentOf(path: string, session: ArchiveSession): Promise<Uint8Array | undefined> {
  const resolved = await resolvePath(path, session.look);
  if (resolved.type !== "found") return undefined;
  const looked = await session.look(resolved.path);
  if (looked.type !== "file") return undefined;
  if (looked.stat !== undefined && looked.stat.size > maxFileBytes)
    throw new FlexkubeError("FILES_UNREADABLE", "a file is too large", { path, reason: `${looked.stat.size} bytes` });
  return (await session.readFile(resolved.path))?.content;
}
