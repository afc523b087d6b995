// From a question about flexkube_cluster to what it comes to: opens the ground, splits, and looks whether it is still the same cluster.
import type { FlexkubeError } from "#shared/errors.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { HeldLock } from "#planner/io/run-lock.ts";
import { sealTree } from "#planner/terraform/keys/sealed-tree.ts";
import { emptyTree, isSameTree } from "#planner/terraform/keys/tree.ts";
import type { ClusterRow } from "#planner/terraform/resource/cluster-attributes.ts";
import type { ClusterResult, Kept } from "#planner/terraform/resource/cluster-result.ts";
import type { ClusterWish } from "#planner/terraform/resource/cluster-wish.ts";
import { otherCluster } from "#planner/terraform/resource/same-cluster.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import { diagnosticsOf, errorAt, problemDiagnostics, warningAt } from "#planner/terraform/wire/diagnostics.ts";
import type { Unknown } from "#planner/terraform/wire/value.ts";
import { unknown } from "#planner/terraform/wire/value.ts";
import { kubeconfigFor } from "./kubeconfig.ts";
import type { Ground, Opening } from "./open-ground.ts";
import { configPath, openGround } from "./open-ground.ts";
import type { PreparedCluster } from "./prepare-cluster.ts";
import { prepareCluster } from "./prepare-cluster.ts";
import type { ProviderEffects } from "./provider-effects.ts";

export type Decided = {
  readonly ground: Ground;
  readonly prepared: PreparedCluster;
  readonly warnings: readonly Diagnostic[];
  /** Held while it is applied: what was decided must still be so when it is written. */
  readonly lock: HeldLock | undefined;
};
export type Refused = { readonly errors: readonly Diagnostic[] };

/** Nothing is written but keys of the state that move to a directory, when it is applied; then whoever gets a lock releases it. */
export async function decideCluster(opening: Opening, effects: ProviderEffects): Promise<Decided | Refused> {
  const { wish, isApplied } = opening;
  const { place, identity = "" } = wish;
  let lock: HeldLock | undefined;
  let decided: Decided | Refused = { errors: [] };
  try {
    // an apply must not be the first that finds out
    if (place.kind === "sealed" && !isApplied) await sealTree(emptyTree, { recipients: place.recipients, identity });
    const ground = await openGround(opening, effects);
    lock = isApplied ? await ground.effects.lock.acquire(ground.directories.pki) : undefined;
    decided = await decideOn(ground, opening, lock);
  } catch (error) {
    decided = { errors: failureAt(error, wish, effects) };
  } finally {
    if ("errors" in decided) await lock?.release();
  }
  return decided;
}

async function decideOn(
  ground: Ground,
  { wish, prior }: Opening,
  lock: HeldLock | undefined,
): Promise<Decided | Refused> {
  const prepared = await prepareCluster(ground, wish);
  const errors = prior === undefined ? [] : otherCluster(prepared.result, prior, keysAttribute(wish));
  if (errors.length > 0) return { errors };
  const notices = prepared.notices.map((text) => warningAt(undefined, text));
  const warnings = problemDiagnostics(prepared.warnings, { file: ground.file }, "warning");
  return { ground, prepared, warnings: [...notices, ...warnings], lock };
}

/** Throws what is no error of ours. */
export function failureAt(error: unknown, wish: ClusterWish, effects: ProviderEffects): readonly Diagnostic[] {
  if (isFlexkubeError(error, "INTERNAL_USAGE") && /^(?:recipients|identity_wo)$/.test(error.details.argument))
    return [errorAt(error.details.argument, error.message, reasonBeside(error))];
  return diagnosticsOf(error, { file: configPath(wish, effects), keys: keysAttribute(wish) });
}

/** Often it says nothing that the sentence has not said. */
function reasonBeside({ message, details }: FlexkubeError<"INTERNAL_USAGE">): string {
  return details.reason === message ? "" : details.reason;
}

/** What holds keys, before (`isApplied` false) or after it was written. Throws INTERNAL_USAGE and PKI_*. */
export async function keptOf({ ground, prepared }: Decided, { wish, prior, isApplied }: Opening): Promise<Kept> {
  const { place, identity = "" } = wish;
  const after = prepared.after();
  if (ground.memory === undefined || after === undefined || place.kind === "directory") return { kind: "directory" };
  if (place.kind === "state")
    return { kind: "state", pki: after.pki, kubeconfig: await accessOf({ ground, prepared }, prior, isApplied) };
  const sealed = prior?.sealed_pki;
  const isSame = isSameTree(ground.memory.before, after) && isSameSet(prior?.recipients, place.recipients);
  if (isSame && typeof sealed === "string") return { kind: "sealed", text: sealed };
  return {
    kind: "sealed",
    text: isApplied ? await sealTree(after, { recipients: place.recipients, identity }) : unknown,
  };
}

async function accessOf(
  { ground, prepared }: Pick<Decided, "ground" | "prepared">,
  prior: ClusterRow | undefined,
  isApplied: boolean,
): Promise<string | undefined | Unknown> {
  if (!prepared.hasKubernetes) return undefined;
  const known = typeof prior?.kubeconfig === "string" ? prior.kubeconfig : undefined;
  // its CA may be new
  if (!isApplied && known === undefined) return unknown;
  const made = await kubeconfigFor(ground, known);
  return isApplied || made === known ? made : unknown;
}

function isSameSet(before: ClusterRow["recipients"] | undefined, now: readonly string[]): boolean {
  if (before === undefined || before === null || before === unknown) return false;
  return before.length === now.length && before.every((each) => now.includes(each));
}

function keysAttribute({ place }: ClusterWish): string {
  return { state: "pki", directory: "pki_directory", sealed: "sealed_pki" }[place.kind];
}

export function resultOf({ prepared }: Decided, kept: Kept): ClusterResult {
  return { ...prepared.result, kept };
}
