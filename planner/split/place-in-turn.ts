// The host files of a split, one after the other: what becomes of each, from what is there already. Pure.
// It must not keep a text: those of ten thousand hosts are gigabytes.
import { FlexkubeError } from "#shared/errors.ts";
import { ownValue } from "#shared/own-value.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import { withFormerOwners } from "#planner/draft/owners.ts";
import { headOf, isTornHead } from "#planner/life/host-file.ts";
import type { Counted } from "./count-objects.ts";
import type { HostChange } from "./place-host.ts";
import { placeHost } from "./place-host.ts";
import type { PreparedSplit } from "./prepared-split.ts";
import { resolveSecrets } from "./resolve-secrets.ts";

export type Placing = {
  readonly pki: PreparedSplit["pki"];
  readonly state: PlannerState;
  /** How many changed hosts are told of. */
  readonly shown: number;
  /** The generation of the cluster's objects, if any host has them. */
  readonly objects: Counted | undefined;
};

/** A file that is there already; `isPrivate` when nobody else may read it. */
export type FoundHost = { readonly text: string; readonly isPrivate: boolean };

/** A host of the control plane, in the text of its file. */
const controlPlane = /^(?:etcd|kubeApiserver|kubeControllerManager|kubeScheduler):$/m;

/**
 * The function that places one host after the other; `file` is where its config will be. It throws CONFIG_INVALID where
 * something stands that is not the cluster's.
 */
export function placeInTurn({
  pki,
  state,
  shown,
  objects,
}: Placing): (draft: HostDraft, file: string, found: FoundHost | undefined) => HostChange {
  const share = sharingNodes();
  let changed = 0;
  return (draft, file, found) => {
    refuseOther(file, found?.text, state.cluster);
    const counted = withGeneration(resolveSecrets(draft, pki, state.hashKey), objects);
    const isShown = changed < shown;
    const change = placeHost({
      config: withFormerOwners(counted, { state, found: found?.text }),
      hashKey: state.hashKey,
      known: ownValue(state.hosts, draft.host),
      found,
      // what members and owners were is asked for besides
      needsOld: () => isShown || state.owners === undefined || controlPlane.test(found?.text ?? ""),
    });
    if (change.change !== "same") changed++;
    return { ...change, old: share(change.old) };
  };
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
