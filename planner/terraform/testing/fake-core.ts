// What Terraform's core does with a provider, in memory: proposes, plans twice as an apply does, holds the provider to what it has planned,
// keeps the state as bytes. For tests.
import { isDeepStrictEqual } from "node:util";
import { memoryFileIo } from "#planner/io/memory-file-io.ts";
import { memoryPkiIo } from "#planner/pki/memory-pki-io.ts";
import { oneDisk } from "#planner/pki/one-disk.ts";
import {
  applyCluster,
  importCluster,
  planCluster,
  validateCluster,
} from "#planner/terraform/calls/cluster-resource.ts";
import { hostConfigAttributes, openHostConfig } from "#planner/terraform/calls/host-config.ts";
import type { ProviderEffects } from "#planner/terraform/calls/provider-effects.ts";
import { clusterAttributes } from "#planner/terraform/resource/cluster-attributes.ts";
import { emptyRow } from "#planner/terraform/wire/attributes.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import type { DynamicValue, Value } from "#planner/terraform/wire/value.ts";
import { hasUnknown, isMap, readValue, unknown, writeValue } from "#planner/terraform/wire/value.ts";

export type Values = Readonly<Record<string, Value>>;
export type Planned = {
  readonly values: Values;
  readonly diagnostics: readonly Diagnostic[];
  readonly isChange: boolean;
};

export type FakeCore = {
  readonly disk: ReturnType<typeof memoryFileIo>;
  readonly pki: ReturnType<typeof memoryPkiIo>;
  /** Moves on; epoch milliseconds. */
  readonly clock: { now: number };
  readonly state: () => Values | null;
  /** All that the state's file and the plan's hold. */
  readonly written: () => string;
  readonly validate: (config: Values) => Promise<readonly Diagnostic[]>;
  readonly plan: (config: Values) => Promise<Planned>;
  /** Plans, and applies what there is; throws where the provider breaks its word. */
  readonly apply: (config: Values) => Promise<Planned>;
  /** A host's config, as the ephemeral resource tells it. */
  readonly open: (config: Values) => Promise<{ readonly value: Value; readonly diagnostics: readonly Diagnostic[] }>;
  /** What is told of it; the state stays. */
  readonly import: (id: string) => Promise<readonly Diagnostic[]>;
  readonly setState: (state: Values | null) => void;
};

const type_name = "flexkube_cluster";
const empty: Values = Object.fromEntries(Object.keys(clusterAttributes).map((name) => [name, null]));

export function fakeCore(now = Date.UTC(2026, 0, 1, 0, 20)): FakeCore {
  const disk = memoryFileIo();
  const pki = memoryPkiIo();
  const clock = { now };
  const effects = effectsOn(disk, pki, clock);
  let state: DynamicValue = writeValue(null);
  const bytes: Uint8Array[] = [];
  const plan = async (config: Values) => {
    const given = { ...empty, ...config };
    const prior = valuesOf(state);
    const request = { prior_state: state, config: writeValue(given), prior_private: new Uint8Array() };
    const answer = await planCluster({ ...request, proposed_new_state: propose(given, prior) }, effects);
    bytes.push(answer.planned_state.msgpack ?? new Uint8Array(), answer.planned_private);
    const values = valuesOf(answer.planned_state) ?? {};
    return {
      values,
      diagnostics: answer.diagnostics,
      isChange: !isDeepStrictEqual(values, prior),
      request: { ...request, planned_state: answer.planned_state, planned_private: answer.planned_private },
    };
  };
  return {
    disk,
    pki,
    clock,
    state: () => valuesOf(state),
    written: () => bytes.map((each) => Buffer.from(each).toString("latin1")).join("\n"),
    validate: async (config) => judged(config, effects),
    plan,
    apply: async (config) => {
      const first = await plan(config);
      if (errorsIn(first.diagnostics).length > 0 || !first.isChange) return first;
      clock.now += 1500;
      const { request, ...second } = await plan(config);
      mustKeep(first.values, second.values, "the second plan");
      const answer = await applyCluster(request, effects);
      if (errorsIn(answer.diagnostics).length > 0) return { ...second, diagnostics: answer.diagnostics };
      state = answer.new_state;
      bytes.push(state.msgpack ?? new Uint8Array());
      mustKeep(second.values, valuesOf(state) ?? {}, "the state");
      if (hasUnknown(readValue(state))) throw new Error("something is still unknown after the apply");
      return second;
    },
    open: async (config) => opened(config, effects),
    import: async (id) => (await importCluster({ type_name, id }, effects)).diagnostics,
    setState: (values) => {
      state = writeValue(values);
    },
  };
}

async function judged(config: Values, effects: ProviderEffects): Promise<readonly Diagnostic[]> {
  const given = writeValue({ ...empty, ...config });
  return (await validateCluster({ type_name, config: given }, effects)).diagnostics;
}

async function opened(config: Values, effects: ProviderEffects): ReturnType<FakeCore["open"]> {
  const given = { ...emptyRow(hostConfigAttributes), ...config };
  const { result, diagnostics } = await openHostConfig({ type_name, config: writeValue(given) }, effects);
  return { value: readValue(result), diagnostics };
}

/** A value that is text. */
export function textIn(value: Value | undefined): string {
  if (typeof value !== "string") throw new Error(`no text: ${typeof value}`);
  return value;
}

export function errorsIn(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 1);
}

function effectsOn(
  disk: ReturnType<typeof memoryFileIo>,
  pki: ReturnType<typeof memoryPkiIo>,
  clock: FakeCore["clock"],
): ProviderEffects {
  let random = 0;
  return {
    files: oneDisk(disk, pki),
    pki,
    lock: { acquire: () => Promise.resolve({ check: () => Promise.resolve(), release: () => Promise.resolve() }) },
    clock: { now: () => clock.now, sleep: () => Promise.resolve() },
    randomBytes: (count) => new Uint8Array(count).fill((random += 1)),
    workingDirectory: "/work",
    log: () => undefined,
  };
}

/** What a person does not say comes from the state; on creation it is to be computed. */
function propose(config: Values, prior: Values | null): DynamicValue {
  const entries = Object.entries(clusterAttributes).map(([name, { from }]) => {
    const isComputed = from === "computed" || from === "defaulted";
    const value = config[name] ?? null;
    return [name, value === null && isComputed ? (prior === null ? unknown : (prior[name] ?? null)) : value] as const;
  });
  return writeValue(Object.fromEntries(entries));
}

function valuesOf(value: DynamicValue): Values | null {
  const read = readValue(value);
  if (read === null) return null;
  if (!isMap(read)) throw new Error("a state is an object");
  return read;
}

/** What was known stays as it was. */
function mustKeep(before: Value, after: Value, where: string, path = ""): void {
  if (before === unknown) return;
  if (isMap(before)) {
    const now = isMap(after) ? Object.entries(after) : [];
    if (!isDeepStrictEqual(Object.keys(before).toSorted(), now.map(([name]) => name).toSorted()))
      throw new Error(`${where} has other keys: ${path}`);
    for (const [name, value] of now)
      mustKeep(Object.entries(before).find(([key]) => key === name)?.[1] ?? null, value, where, `${path}.${name}`);
    return;
  }
  if (!isDeepStrictEqual(before, after)) throw new Error(`${where} differs from what was planned: ${path}`);
}
