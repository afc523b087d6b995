// The host files of a split, one after the other: generations, what is there already, and what has to be written.
// It must not keep a text: those of ten thousand hosts are gigabytes.
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import type { FoundFile } from "#planner/io/file-io.ts";
import type { Counted } from "./count-objects.ts";
import { countObjects } from "./count-objects.ts";
import { withFormerOwners } from "#planner/draft/owners.ts";
import { headOf, hostFileName, isTornHead } from "#planner/life/host-file.ts";
import type { HostChange } from "./place-host.ts";
import { placeHost } from "./place-host.ts";
import { resolveSecrets } from "./resolve-secrets.ts";
import type { Effects } from "#planner/effects.ts";
import type { PreparedSplit } from "./prepared-split.ts";
import type { startProgress } from "./progress.ts";
import { shownHosts } from "./prepared-split.ts";
import { ownValue } from "#shared/own-value.ts";

export type Place = {
  readonly pki: PreparedSplit["pki"];
  readonly state: PlannerState;
  readonly directories: PreparedSplit["directories"];
  readonly files: Effects["files"];
  readonly progress: ReturnType<typeof startProgress>;
  /** Every host's plan is printed. */
  readonly showsAll: boolean;
};

/** The generation of the cluster's objects, if any host has them. */
export async function countAll(
  drafts: readonly HostDraft[],
  { pki, state, directories, files }: Place,
): Promise<Counted | undefined> {
  const known = state.kubernetes?.objects;
  const having = drafts.filter(({ config }) => config.clusterObjects !== undefined);
  const [first] = having;
  if (first === undefined) return known;
  const found: string[] = [];
  for (const { host } of having) {
    const file = await files.readFile(join(directories.out, hostFileName(host)));
    if (file !== undefined) found.push(textOf(file));
  }
  const { hashKey } = state;
  return countObjects({ config: resolveSecrets(first, pki, hashKey), hashKey, known, found });
}

/** A host of the control plane, in the text of its file. */
const controlPlane = /^(?:etcd|kubeApiserver|kubeControllerManager|kubeScheduler):$/m;

/** Every host, in the order of the drafts. Throws CONFIG_INVALID for what is not the cluster's. */
export async function placeHosts(
  drafts: readonly HostDraft[],
  objects: Counted | undefined,
  { pki, state, directories, files, progress, showsAll }: Place,
): Promise<readonly HostChange[]> {
  const placed: HostChange[] = [];
  const share = sharingNodes();
  let changed = 0;
  for (const draft of drafts) {
    const file = join(directories.out, hostFileName(draft.host));
    const found = await files.readFile(file);
    const text = found === undefined ? undefined : textOf(found);
    refuseOther(file, text, state.cluster);
    const counted = withGeneration(resolveSecrets(draft, pki, state.hashKey), objects);
    const config = withFormerOwners(counted, { state, found: text });
    const known = ownValue(state.hosts, draft.host);
    const isPrivate = found !== undefined && (found.mode & 0o077) === 0;
    const isShown = showsAll || changed < shownHosts;
    const change = placeHost({
      config,
      hashKey: state.hashKey,
      known,
      found: text === undefined ? undefined : { text, isPrivate },
      // what members and owners were is asked for besides
      needsOld: () => isShown || state.owners === undefined || controlPlane.test(text ?? ""),
    });
    if (change.change !== "same") changed++;
    placed.push({ ...change, old: share(change.old) });
    progress("split # hosts", placed.length, drafts.length);
  }
  return placed;
}

/** Hosts had the same table of nodes, most often: one is kept. */
function sharingNodes(): (old: HostConfig | undefined) => HostConfig | undefined {
  let nodes: string | undefined;
  return (old) => {
    if (old?.podNetwork?.nodes === undefined) return old;
    if (old.podNetwork.nodes !== nodes) ({ nodes } = old.podNetwork);
    return { ...old, podNetwork: { ...old.podNetwork, nodes } };
  };
}

function withGeneration(config: HostConfig, objects: Counted | undefined): HostConfig {
  const { clusterObjects } = config;
  if (clusterObjects === undefined || objects === undefined) return config;
  return { ...config, clusterObjects: { generation: objects.generation, ...clusterObjects } };
}

function refuseOther(file: string, text: string | undefined, cluster: string): void {
  // a file that was cut in its first line is one of ours, and holds nothing
  if (text === undefined || isTornHead(text)) return;
  const found = headOf(text)?.cluster;
  if (found === cluster) return;
  const problem =
    found === undefined
      ? "this file is no host config, and one has to be written here"
      : `this host config belongs to the cluster ${found}, not to ${cluster}`;
  const hint =
    found === undefined
      ? "move it away, or choose another directory with --out"
      : "choose another directory with --out";
  const problems = [{ path: found === undefined ? "" : "cluster", problem, hint, file }];
  throw new FlexkubeError("CONFIG_INVALID", "the output directory holds something else", { problems });
}

function textOf({ bytes }: FoundFile): string {
  return Buffer.from(bytes).toString("utf8");
}
