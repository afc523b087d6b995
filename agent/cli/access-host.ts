// How an agent reaches the host's files and sockets: below the mount of the host's `/`, or without it.
import type { Engine } from "#agent/engine/engine.ts";
import { hostSocketPath } from "#agent/facts/host-socket.ts";
import { askCgroupDriver } from "#agent/facts/ask-cgroup-driver.ts";
import type { FactSources } from "#agent/facts/ask-host-facts.ts";
import { probeCri } from "#agent/facts/probe-cri.ts";
import { createArchiveTree, type ArchiveTreeOptions } from "#agent/files/archive-tree.ts";
import { createHostViews } from "#agent/files/host-files.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import { createMountedTree } from "#agent/files/mounted-tree.ts";
import { createLookAtMounts, type LookAtMounts } from "#agent/files/replaced-mounts.ts";
import type { Patience } from "#agent/files/patience.ts";
import { gatherPreflight, type PreflightOptions } from "#agent/preflight/gather-preflight.ts";
import { createProcReader } from "#agent/preflight/proc-reader.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { KubeletPreflight } from "#shared/state/desired.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

export type HostAccess = {
  readonly tree: HostTree;
  readonly lookAtMounts: LookAtMounts;
  readonly sources: Pick<FactSources, "probeCri" | "readFile">;
  /** The preflight of a kubelet. */
  readonly lookAtHost: (rule: KubeletPreflight, options: PreflightOptions) => Promise<readonly PreflightFinding[]>;
};

/** A runtime on the same host answers at once. */
const timeoutMs = 3000;

/** `root`: where the host's `/` is mounted; undefined: files come through config containers. */
export function accessHost(
  root: string | undefined,
  about: ArchiveTreeOptions & { readonly engine: Engine; readonly clock: Clock; readonly patience: Patience },
): HostAccess {
  if (root === undefined) {
    const tree = createArchiveTree(about);
    const ask = asking(async (socket) => hostSocketPath(socket, undefined));
    const lookAtMounts: LookAtMounts = async () => Promise.resolve(new Map());
    return { tree, lookAtMounts, ...looks({ root, tree, ask, engine: about.engine }) };
  }
  const { clock, patience } = about;
  const view = createHostViews({ root, patience });
  const tree = createMountedTree({ root, patience, clock });
  const ask = asking(async (socket, signal) => {
    try {
      return await hostSocketPath(socket, { root, files: view(signal) });
    } catch (error) {
      // a socket on a file system that does not answer says as little as a runtime that does not
      if (isFlexkubeError(error, "FILES_UNREADABLE")) return undefined;
      throw error;
    }
  });
  return {
    tree,
    lookAtMounts: createLookAtMounts({ root, view }),
    ...looks({ root, tree, ask, engine: about.engine }),
  };
}

type AtSocket<Answer> = (
  path: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<Answer>;
type Asking = <Answer>(
  question: AtSocket<Answer>,
) => (socket: string, signal: AbortSignal) => Promise<Answer | "unknown">;

/** Asks a runtime at a socket of the host, by the path that this process finds it at. */
function asking(pathOf: (socket: string, signal: AbortSignal) => Promise<string | undefined>): Asking {
  return (question) => async (socket, signal) => {
    const path = await pathOf(socket, signal);
    return path === undefined ? "unknown" : question(path, { timeoutMs, signal });
  };
}

function looks({
  root,
  tree,
  ask,
  engine,
}: {
  readonly root: string | undefined;
  readonly tree: HostTree;
  readonly ask: Asking;
  readonly engine: Engine;
}): Pick<HostAccess, "lookAtHost" | "sources"> {
  const readFile: FactSources["readFile"] = async (path, signal) => {
    const content = await tree.readFile(path, { signal });
    return content === undefined ? undefined : Buffer.from(content).toString("utf8");
  };
  const sources = { engine, tree, readProc: createProcReader(root), askCgroupDriver: ask(askCgroupDriver) };
  return {
    sources: { probeCri: ask(probeCri), readFile },
    lookAtHost: async (rule, options) => gatherPreflight(rule, sources, options),
  };
}
