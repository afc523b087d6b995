// What the planner knows of splits before: its state, made anew or completed from host configs where that is lost or old.
import { join } from "node:path";
import type { Problem } from "#shared/errors.ts";
import type { KubernetesState, PlannerState } from "#shared/schema/planner-state.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import type { FoundProof } from "#planner/life/judge-life.ts";
import { newState, parseState, stateFileName } from "#planner/state/planner-state.ts";
import { withRestoresIn } from "#planner/restore/restores-in.ts";
import type { Effects } from "#planner/effects.ts";
import type { LoadedCluster } from "./load-cluster.ts";
import { readProofs } from "./read-life.ts";
import { recoverState } from "./recover-state.ts";

export type Known = {
  readonly state: PlannerState;
  /** The state's file; undefined when it is not there. */
  readonly text: string | undefined;
  readonly proofs: readonly FoundProof[];
  readonly warnings: readonly Problem[];
};

type Directories = { readonly out: string; readonly pki: string };

/** Throws PKI_UNREADABLE, PKI_MISMATCH and FILES_UNREADABLE. */
export async function readState(loaded: LoadedCluster, { out, pki }: Directories, effects: Effects): Promise<Known> {
  const { config, inputs } = loaded;
  const file = join(pki, stateFileName);
  const found = await effects.files.readFile(file);
  const proofs = await readProofs(config, { out, readWhole: found === undefined }, effects);
  const recover = (): Promise<PlannerState> => {
    const texts = [...inputs].flatMap(([name, input]) => ("text" in input ? [[name, input.text] as const] : []));
    return recoverState(clusterOf(config, { inputs: new Map(texts), bootstrapped: false }), out, effects);
  };
  if (found === undefined)
    return { state: withRestoresIn(await recover(), proofs), text: undefined, proofs, warnings: [] };
  const text = Buffer.from(found.bytes).toString("utf8");
  const state = parseState(text, { file, cluster: config.name });
  const older = proofs.filter(({ generation, host, isCurrent }) => isCurrent && generation > generationOf(state, host));
  const isUp = state.bootstrapped || proofs.some(({ bootstrap }) => bootstrap === false);
  const up = withRestoresIn({ ...state, bootstrapped: isUp }, proofs);
  if (older.length === 0) return { state: up, text, proofs, warnings: [] };
  const recovered = await recover();
  return {
    state: withKubernetes(up, recovered.kubernetes),
    text,
    proofs,
    warnings: [olderWarning(file, older)],
  };
}

/** The state that beginning anew starts from: nothing stays but the generations, which only rise on a host. */
export async function stateAnew(
  { config }: LoadedCluster,
  { out, pki }: Directories,
  effects: Effects,
): Promise<PlannerState> {
  const file = join(pki, stateFileName);
  const found = await effects.files.readFile(file);
  const known =
    found === undefined
      ? {}
      : parseState(Buffer.from(found.bytes).toString("utf8"), { file, cluster: config.name }).hosts;
  const proofs = await readProofs(config, { out, readWhole: false }, effects);
  const generations = new Map(Object.entries(known).map(([host, { generation }]) => [host, generation]));
  for (const { generation, host } of proofs) generations.set(host, Math.max(generation, generations.get(host) ?? 0));
  const hosts = [...generations].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...newState(config.name, Buffer.from(effects.randomBytes(32)).toString("base64"), false),
    users: config.users.assign ?? "separate",
    hosts: Object.fromEntries(hosts.map(([host, generation]) => [host, { generation, digest: "" }])),
  };
}

function generationOf({ hosts }: PlannerState, host: string): number {
  return Object.hasOwn(hosts, host) ? (hosts[host]?.generation ?? 0) : 0;
}

function olderWarning(file: string, older: readonly FoundProof[]): Problem {
  const [first] = older;
  const more = older.length === 1 ? "" : ` and ${older.length - 1} more host configs`;
  return {
    path: "",
    file,
    problem: `it is older than ${first?.file ?? ""} (generation ${first?.generation ?? 0})${more}; what is missing in it was taken from there`,
    hint: "when the directory was put back from a backup, look whether a newer one exists",
  };
}

/** Host configs are newer than the state, so what they say counts; lists are joined, since both may lack something. */
function withKubernetes(state: PlannerState, recovered: KubernetesState | undefined): PlannerState {
  const { kubernetes } = state;
  if (recovered === undefined || kubernetes === undefined)
    return recovered === undefined ? state : { ...state, kubernetes: recovered };
  const joined = (name: "encrypted" | "keys" | "nodeKeys"): string[] =>
    [...new Set([...kubernetes[name], ...recovered[name]])].toSorted();
  return {
    ...state,
    kubernetes: {
      ...kubernetes,
      ...recovered,
      podCidrs: { ...kubernetes.podCidrs, ...recovered.podCidrs },
      encrypted: joined("encrypted"),
      keys: joined("keys"),
      nodeKeys: joined("nodeKeys"),
    },
  };
}
