// How an agent reaches the host's files and sockets: below the mount of the host's `/`, or without it.
import type { Engine } from "#agent/engine/engine.ts";
import { hostSocketPath } from "#agent/facts/host-socket.ts";
import type { FactSources } from "#agent/facts/ask-host-facts.ts";
import { probeCri } from "#agent/facts/probe-cri.ts";
import { createArchiveTree, type ArchiveTreeOptions } from "#agent/files/archive-tree.ts";
import { createHostViews } from "#agent/files/host-files.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import { createMountedTree } from "#agent/files/mounted-tree.ts";
import { createLookAtMounts, type LookAtMounts } from "#agent/files/replaced-mounts.ts";
import type { Patience } from "#agent/files/patience.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";

export type HostAccess = {
  readonly tree: HostTree;
  readonly lookAtMounts: LookAtMounts;
  readonly sources: Pick<FactSources, "probeCri" | "readFile">;
};

/** A runtime on the same host answers at once. */
const timeoutMs = 3000;

/** `root`: where the host's `/` is mounted; undefined: files come through config containers. */
export function accessHost(
  root: string | undefined,
  about: ArchiveTreeOptions & { readonly engine: Engine; readonly clock: Clock; readonly patience: Patience },
): HostAccess {
  if (root === undefined)
    return {
      lookAtMounts: async () => Promise.resolve(new Map()),
      ...withSources(createArchiveTree(about), async (socket, signal) =>
        probeCri(await hostSocketPath(socket, undefined), { timeoutMs, signal }),
      ),
    };
  const { clock, patience } = about;
  const view = createHostViews({ root, patience });
  const sources = withSources(createMountedTree({ root, patience, clock }), async (socket, signal) => {
    try {
      return await probeCri(await hostSocketPath(socket, { root, files: view(signal) }), { timeoutMs, signal });
    } catch (error) {
      // a socket on a file system that does not answer says as little as a runtime that does not
      if (isFlexkubeError(error, "FILES_UNREADABLE")) return "unknown";
      throw error;
    }
  });
  return { lookAtMounts: createLookAtMounts({ root, view }), ...sources };
}

function withSources(tree: HostTree, ask: FactSources["probeCri"]): Omit<HostAccess, "lookAtMounts"> {
  const readFile: FactSources["readFile"] = async (path, signal) => {
    const content = await tree.readFile(path, { signal });
    return content === undefined ? undefined : Buffer.from(content).toString("utf8");
  };
  return { tree, sources: { probeCri: ask, readFile } };
}
