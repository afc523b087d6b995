// pki/state.yaml: reading it, and the state after a split.
import { FlexkubeError } from "#shared/errors.ts";
import { apiVersion } from "#shared/schema/host-config.ts";
import { parseDocument } from "#shared/document/parse-document.ts";
import type { EtcdState, KubernetesState } from "#shared/schema/planner-state.ts";
import { PlannerState } from "#shared/schema/planner-state.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";

/** Name of the state's file in the PKI directory. */
export const stateFileName = "state.yaml";

/** Throws PKI_UNREADABLE for a broken state and PKI_MISMATCH for that of another cluster. */
export function parseState(text: string, options: { readonly file: string; readonly cluster: string }): PlannerState {
  const { file, cluster } = options;
  const parsed = parseDocument(text, PlannerState, { file });
  if (!parsed.ok) {
    const reason = parsed.problems.map(({ path, problem }) => `${path} ${problem}`.trim()).join("; ");
    throw new FlexkubeError("PKI_UNREADABLE", "the planner's state cannot be read", { file, reason });
  }
  if (parsed.value.cluster !== cluster) {
    const reason = `it belongs to the cluster ${parsed.value.cluster}, not to ${cluster}; every cluster has its own directory`;
    throw new FlexkubeError("PKI_MISMATCH", "the PKI directory belongs to another cluster", { file, reason });
  }
  return parsed.value;
}

/** The state of a cluster that has none yet. */
export function newState(cluster: string, hashKey: string, bootstrapped: boolean): PlannerState {
  return { apiVersion, kind: "PlannerState", cluster, bootstrapped, users: "separate", hashKey, hosts: {} };
}

/** What a split has made of one host. */
export type PlacedHost = { readonly host: string; readonly generation: number; readonly digest: string };

/** The state that the changes lead to; hosts that are gone stay, so that their generation goes on when they return. */
export function nextState(
  state: PlannerState,
  changes: readonly PlacedHost[],
  after: {
    readonly kubernetes: KubernetesState | undefined;
    readonly etcd: EtcdState | undefined;
    /** Of all that was given out; what is not wanted any more keeps its own. */
    readonly marks: Readonly<Record<string, string[]>>;
  },
): PlannerState {
  const { kubernetes, etcd } = after;
  const marks = Object.entries({ ...state.marks, ...after.marks }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hosts = new Map(Object.entries(state.hosts));
  for (const { host, generation, digest } of changes) hosts.set(host, { generation, digest });
  const {
    hosts: _hosts,
    kubernetes: _kubernetes,
    etcd: _etcd,
    leaves,
    backups,
    care,
    membership,
    sealed,
    restores,
    marks: _marks,
    ...rest
  } = state;
  return {
    ...rest,
    marks: Object.fromEntries(marks),
    ...(leaves === undefined ? {} : { leaves }),
    ...(backups === undefined ? {} : { backups }),
    ...(care === undefined ? {} : { care }),
    ...(membership === undefined ? {} : { membership }),
    ...(sealed === undefined ? {} : { sealed }),
    ...(etcd === undefined ? {} : { etcd }),
    ...(restores === undefined ? {} : { restores }),
    ...(kubernetes === undefined ? {} : { kubernetes }),
    hosts: Object.fromEntries([...hosts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

export function renderState(state: PlannerState): string {
  return renderDocument("Kept by flexkube-planner; back it up together with the keys beside it.", state);
}
