// What becomes of flexkube_cluster: what a plan shows, and what an apply leaves in the state. Keys are random, so what follows from a key
// that is yet to be made is unknown in a plan; all else is told.
import { createHash } from "node:crypto";
import type { clusterOutputs, ClusterRow, OutputName } from "./cluster-attributes.ts";
import type { Told } from "#planner/terraform/wire/attributes.ts";
import type { Value } from "#planner/terraform/wire/value.ts";
import { unknown } from "#planner/terraform/wire/value.ts";

export type HostResult = {
  readonly host: string;
  /** Its config is, byte for byte, what it was. */
  readonly isSame: boolean;
  /** It had none before. */
  readonly isNew: boolean;
  readonly text: string;
  readonly generation: number;
  /** What its agent will do. */
  readonly lines: readonly string[];
};

export type ClusterResult = {
  readonly id: string;
  /** Nothing is random in it: an apply comes to the very same. */
  readonly isCertain: boolean;
  readonly hosts: readonly HostResult[];
  /** Keys and certificates that are made, and why. */
  readonly pkiChanges: readonly string[];
  readonly cas: readonly { readonly id: string; readonly certificate: string; readonly isNew: boolean }[];
  readonly renewal: string | undefined;
  readonly kept: Kept;
};

/** What holds keys, by the place where they lie. */
export type Kept =
  | {
      readonly kind: "state";
      readonly pki: ReadonlyMap<string, string>;
      readonly kubeconfig: string | undefined | typeof unknown;
    }
  | { readonly kind: "directory" }
  | { readonly kind: "sealed"; readonly text: string | typeof unknown };

export type Outputs = Told<typeof clusterOutputs>;

/** For a plan. */
export function plannedOutputs(result: ClusterResult, prior: ClusterRow | undefined): Outputs {
  const { isCertain } = result;
  return outputsOf(result, prior, (isFixed, value) => (isFixed || isCertain ? value : unknown));
}

/** For a state; what the plan has shown of the change stays as it was shown. */
export function appliedOutputs(result: ClusterResult, prior: ClusterRow | undefined, planned: ClusterRow): Outputs {
  const shown = (["preview", "pki_changes", "renewal"] as const).flatMap((name) =>
    planned[name] === unknown ? [] : [[name, planned[name]] as const],
  );
  return { ...outputsOf(result, prior, (_, value) => value), ...Object.fromEntries(shown) };
}

/** While something that a person says is not known yet. */
export function unknownOutputs(names: readonly OutputName[], prior: ClusterRow | undefined): Outputs {
  const outputs = Object.fromEntries(names.map((name) => [name, unknown]));
  // every name is there
  return { ...(outputs as Outputs), id: prior?.id ?? unknown };
}

/** `known` gives what may be told of a value; `isFixed` when it is the same whatever keys are made. */
function outputsOf(
  { id, isCertain, hosts, pkiChanges, cas, renewal, kept }: ClusterResult,
  prior: ClusterRow | undefined,
  known: (isFixed: boolean, value: Value) => Value,
): Outputs {
  const byHost = (of: (host: HostResult) => Value): Value =>
    Object.fromEntries(hosts.map((host) => [host.host, of(host)]));
  const isChange = pkiChanges.length > 0 || hosts.some(({ isSame }) => !isSame);
  const last = (name: OutputName, value: Value): Value =>
    isChange || prior === undefined ? value : (prior[name] ?? value);
  const isState = kept.kind === "state";
  return {
    id,
    pki: isState ? known(false, Object.fromEntries(kept.pki)) : null,
    sealed_pki: kept.kind === "sealed" ? kept.text : null,
    host_configs: isState ? byHost(({ isSame, text }) => known(isSame, text)) : null,
    kubeconfig: isState ? (kept.kubeconfig ?? null) : null,
    host_hashes: byHost(({ isSame, text }) => known(isSame, sha256(text))),
    generations: byHost(({ generation }) => generation),
    preview: last(
      "preview",
      byHost((host) => shownLines(host, isCertain)),
    ),
    pki_changes: last("pki_changes", pkiChanges),
    ca_certificates: Object.fromEntries(cas.map((ca) => [ca.id, known(!ca.isNew, ca.certificate)])),
    renewal: known(pkiChanges.length === 0, renewal ?? null),
  };
}

/** Of a directory that is called after what is in it. */
const digest = /\b[0-9a-f]{32}\b/g;

/** Of a new host its containers alone: all else is new too. A directory that is called after a key to come has no name yet. */
function shownLines({ lines, isNew }: HostResult, isCertain: boolean): readonly string[] {
  const told = isNew ? lines.filter((line) => line.startsWith("create ")) : lines;
  return isCertain ? told : told.map((line) => line.replaceAll(digest, "…"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
