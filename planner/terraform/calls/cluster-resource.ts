// The resource flexkube_cluster: plan, apply, import.
import { resolve } from "node:path";
import { ownValue } from "#shared/own-value.ts";
import { stateFileName } from "#planner/state/planner-state.ts";
import type { ClusterRow } from "#planner/terraform/resource/cluster-attributes.ts";
import { clusterAttributes, clusterOutputs } from "#planner/terraform/resource/cluster-attributes.ts";
import type { OutputName } from "#planner/terraform/resource/cluster-attributes.ts";
import type { Outputs } from "#planner/terraform/resource/cluster-result.ts";
import { appliedOutputs, plannedOutputs, unknownOutputs } from "#planner/terraform/resource/cluster-result.ts";
import { inputProblems, wishOf } from "#planner/terraform/resource/cluster-wish.ts";
import { changedSince, parseNote, renderNote } from "#planner/terraform/resource/plan-note.ts";
import { emptyRow, rowOf } from "#planner/terraform/wire/attributes.ts";
import { errorAt, warningAt } from "#planner/terraform/wire/diagnostics.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import type { Value } from "#planner/terraform/wire/value.ts";
import { isMap, readValue, unknown, writeValue } from "#planner/terraform/wire/value.ts";
import { checkConfig } from "./check-config.ts";
import type { Decided } from "./decide-cluster.ts";
import { decideCluster, failureAt, keptOf, resultOf } from "./decide-cluster.ts";
import type {
  ApplyAnswer,
  ApplyRequest,
  ImportAnswer,
  ImportRequest,
  PlanAnswer,
  PlanRequest,
  Sent,
  Told,
  ValidateRequest,
} from "./messages.ts";
import type { Opening } from "./open-ground.ts";
import type { ProviderEffects } from "./provider-effects.ts";

// every key of an object whose keys are these
const outputNames = Object.keys(clusterOutputs) as readonly OutputName[];
const nothing = new Uint8Array();

export async function validateCluster({ config }: ValidateRequest, effects: ProviderEffects): Promise<Told> {
  const row = read(config);
  if (row === undefined) return { diagnostics: [] };
  const problems = inputProblems(row);
  const { config: text, directory } = row;
  if (typeof text !== "string" || directory === unknown) return { diagnostics: problems };
  return { diagnostics: [...problems, ...(await checkConfig(text, directory ?? ".", effects))] };
}

export async function planCluster(request: PlanRequest, effects: ProviderEffects): Promise<PlanAnswer> {
  const [prior, proposed, config] = [read(request.prior_state), read(request.proposed_new_state), read(request.config)];
  if (proposed === undefined) return { ...planned(null, request.prior_private), diagnostics: [goodbye(prior)] };
  const inputs: ClusterRow = {
    ...proposed,
    bootstrapped: bootstrappedOf(proposed, config),
    identity_wo: config?.identity_wo ?? null,
  };
  const problems = inputProblems(inputs);
  if (problems.length > 0) return { ...planned(null, request.prior_private), diagnostics: problems };
  const wish = wishOf(inputs);
  if (wish === unknown)
    return { ...planned(state(inputs, unknownOutputs(outputNames, prior)), nothing), diagnostics: [] };
  const opening: Opening = { wish, prior, at: wholeHour(effects.clock.now()), isApplied: false };
  const decided = await decideCluster(opening, effects);
  if ("errors" in decided) return { ...planned(null, request.prior_private), diagnostics: decided.errors };
  const note = renderNote({ at: opening.at, ...seenIn(decided) });
  if (decided.ground.memory !== undefined) await decided.prepared.write();
  const outputs = plannedOutputs(resultOf(decided, await keptOf(decided, opening)), prior);
  return { ...planned(state(inputs, outputs), note), diagnostics: decided.warnings };
}

export async function applyCluster(request: ApplyRequest, effects: ProviderEffects): Promise<ApplyAnswer> {
  const [prior, plan, config] = [read(request.prior_state), read(request.planned_state), read(request.config)];
  if (plan === undefined) return { new_state: writeValue(null), private: nothing, diagnostics: [] };
  const inputs: ClusterRow = { ...plan, identity_wo: config?.identity_wo ?? null };
  const wish = wishOf(inputs);
  const unchanged = { new_state: request.prior_state ?? writeValue(null), private: nothing };
  if (wish === unknown)
    return { ...unchanged, diagnostics: [errorAt(undefined, "something that was to be known by now is not")] };
  const note = parseNote(request.planned_private);
  const opening: Opening = { wish, prior, at: note?.at ?? wholeHour(effects.clock.now()), isApplied: true };
  const decided = await decideCluster(opening, effects);
  if ("errors" in decided) return { ...unchanged, diagnostics: decided.errors };
  try {
    const changed = note === undefined ? [] : changedSince(note, seenIn(decided));
    if (changed.length > 0) return { ...unchanged, diagnostics: [planAgain(changed)] };
    await decided.lock?.check();
    await decided.prepared.write();
    const outputs = appliedOutputs(resultOf(decided, await keptOf(decided, opening)), prior, plan);
    return { new_state: writeValue(state(inputs, outputs)), private: nothing, diagnostics: [] };
  } catch (error) {
    return { ...unchanged, diagnostics: failureAt(error, wish, effects) };
  } finally {
    await decided.lock?.release();
  }
}

/** Throws FILES_UNREADABLE. The keys stay where they are until the first apply, whatever the config says of their place: an import puts none into the state. */
export async function importCluster({ type_name, id }: ImportRequest, effects: ProviderEffects): Promise<ImportAnswer> {
  const directory = resolve(effects.workingDirectory, id);
  // else the next plan would found a second cluster
  if (!(await effects.files.list(directory)).includes(stateFileName))
    return {
      diagnostics: [
        errorAt(
          undefined,
          `no cluster's keys are in ${directory}`,
          `Nothing was imported. Give the directory that flexkube-planner keeps as pki/, in which ${stateFileName} is.`,
        ),
      ],
    };
  const row = { ...emptyRow(clusterAttributes), pki_directory: directory };
  const imported_resources = [{ type_name, state: writeValue(row), private: nothing }];
  return { imported_resources, diagnostics: [] };
}

/** A state of another release of this provider: what it lacks is made by the next apply. */
export function upgradeCluster(raw: Value): Value {
  const known = isMap(raw) ? raw : {};
  return Object.fromEntries(Object.keys(clusterAttributes).map((name) => [name, ownValue(known, name) ?? null]));
}

function read(value: Sent): ClusterRow | undefined {
  return rowOf(readValue(value), clusterAttributes);
}

/**
 * An apply begins with one more plan, which must come to what the first one has shown: both judge certificates by the same hour. New ones
 * are valid from an hour before, so none of them is too young for it.
 */
function wholeHour(now: number): number {
  const hourMs = 3_600_000;
  return Math.floor(now / hourMs) * hourMs;
}

/** What was said once stays; unknown where a person says something that is not known yet. */
function bootstrappedOf({ bootstrapped }: ClusterRow, config: ClusterRow | undefined): ClusterRow["bootstrapped"] {
  const isUnsaid = config?.bootstrapped === null;
  return bootstrapped === null || (bootstrapped === unknown && isUnsaid) ? false : bootstrapped;
}

/** Never with what is write-only. */
function state(inputs: ClusterRow, outputs: Outputs): Value {
  return { ...inputs, ...outputs, identity_wo: null };
}

function planned(value: Value, note: Uint8Array): Pick<PlanAnswer, "planned_state" | "planned_private"> {
  return { planned_state: writeValue(value), planned_private: note };
}

function seenIn({ ground, prepared }: Decided) {
  return { inputs: ground.digests(), state: prepared.stateDigest };
}

function planAgain(changed: readonly string[]): Diagnostic {
  return errorAt(
    undefined,
    "what the plan was made of has changed since",
    `Nothing was made. Plan again. Changed: ${changed.join(", ")}`,
  );
}

function goodbye(prior: ClusterRow | undefined): Diagnostic {
  const name = String(prior?.id ?? "it");
  return typeof prior?.pki_directory === "string"
    ? warningAt(undefined, `the keys of ${name} stay in ${prior.pki_directory}`, "No host is touched.")
    : warningAt(
        undefined,
        `the keys of ${name} are given up`,
        "No host is touched, but without its CA keys the cluster can be neither changed nor kept alive when its certificates end.",
      );
}
