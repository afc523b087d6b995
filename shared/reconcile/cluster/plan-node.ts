// What has to change at our Node object: what the host config asks for, and nothing that it never asked for.
import { canonical } from "#shared/canonical.ts";
import { nodeComponent } from "#shared/state/cluster-components.ts";
import type { DesiredNode, NodeTaint } from "#shared/state/desired.ts";
import type { ObservedNode } from "#shared/state/observed.ts";
import type { Blocked, Step, StepArguments } from "#shared/state/step.ts";
import { managedAnnotation } from "#shared/schema/managed-annotation.ts";
import { ownValue } from "#shared/own-value.ts";

type Managed = {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  /** `key:effect`. */
  readonly taints: readonly string[];
};

export type NodePlan = { readonly steps: readonly Step[]; readonly blocked: readonly Blocked[] };

/** At most one patch. A node that is not there yet, or an API that does not answer, is waited for. */
export function planNode(desired: DesiredNode | undefined, observed: ObservedNode | undefined): NodePlan {
  if (desired === undefined || observed === undefined) return { steps: [], blocked: [] };
  if (observed.state === "unreachable") return { steps: [], blocked: [waiting(desired, observed.reason)] };
  if (observed.state === "missing")
    return { steps: [], blocked: [waiting(desired, "the node has not registered itself yet")] };
  const patch = difference(desired, observed);
  if (patch === undefined) return { steps: [], blocked: [] };
  const step: Step = {
    kind: "patchNode",
    subject: desired.name,
    component: nodeComponent(desired.name),
    cause: "not as configured",
    arguments: patch,
  };
  return { steps: [step], blocked: [] };
}

function waiting({ name }: DesiredNode, reason: string): Blocked {
  return { component: nodeComponent(name), container: nodeComponent(name), code: "waiting", reason };
}

type Present = Extract<ObservedNode, { readonly state: "there" }>;

function difference(desired: DesiredNode, observed: Present): StepArguments["patchNode"] | undefined {
  const before = managedIn(observed.annotations[managedAnnotation]);
  const labels = differenceOf(desired.labels, observed.labels, before.labels);
  const annotations = differenceOf(desired.annotations, observed.annotations, before.annotations);
  const taints = taintsAfter(desired.taints, observed.taints, before.taints);
  const managed = managedBy(desired);
  const remember =
    managed === (observed.annotations[managedAnnotation] ?? "{}") ? {} : { [managedAnnotation]: managed };
  const changes = [
    ...wordsFor("label", labels),
    ...wordsFor("annotation", annotations),
    ...taintWords(observed.taints, taints),
  ];
  const isSame = changes.length === 0 && Object.keys(remember).length === 0;
  if (isSame) return undefined;
  return {
    resourceVersion: observed.resourceVersion,
    labels,
    annotations: { ...annotations, ...remember },
    ...(taints === observed.taints ? {} : { taints }),
    changes: changes.length === 0 ? ["remember what is managed"] : changes,
  };
}

function differenceOf(
  desired: Readonly<Record<string, string>>,
  observed: Readonly<Record<string, string>>,
  before: readonly string[],
): Readonly<Record<string, string | null>> {
  const wanted = Object.entries(desired).filter(([key, value]) => ownValue(observed, key) !== value);
  const gone = before.filter((key) => ownValue(desired, key) === undefined && ownValue(observed, key) !== undefined);
  const all: (readonly [string, string | null])[] = [...wanted, ...gone.map((key) => [key, null] as const)];
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same list when nothing of ours differs. */
function taintsAfter(
  desired: readonly NodeTaint[],
  observed: readonly NodeTaint[],
  before: readonly string[],
): readonly NodeTaint[] {
  const wanted = new Map(desired.map((taint) => [taintKey(taint), taint]));
  const gone = new Set(before.filter((key) => !wanted.has(key)));
  const kept = observed.filter((taint) => !gone.has(taintKey(taint)));
  const changed = kept.map((taint) => {
    const wish = wanted.get(taintKey(taint));
    return wish === undefined || (wish.value ?? "") === (taint.value ?? "") ? taint : wish;
  });
  const missing = desired.filter((taint) => !observed.some((other) => taintKey(other) === taintKey(taint)));
  const isSame =
    missing.length === 0 && kept.length === observed.length && changed.every((taint, at) => taint === observed[at]);
  return isSame ? observed : [...changed, ...missing];
}

function taintKey({ key, effect }: NodeTaint): string {
  return `${key}:${effect}`;
}

function managedBy({ labels, annotations, taints }: DesiredNode): string {
  return canonical({
    labels: Object.keys(labels).toSorted(),
    annotations: Object.keys(annotations).toSorted(),
    taints: taints.map(taintKey).toSorted(),
  });
}

/** A text that we did not write manages nothing. */
function managedIn(text: string | undefined): Managed {
  const found = parsed(text);
  const list = (key: keyof Managed): readonly string[] => {
    const value: unknown = Object.entries(found).find(([name]) => name === key)?.[1];
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  };
  return { labels: list("labels"), annotations: list("annotations"), taints: list("taints") };
}

function parsed(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // somebody else's text
    return {};
  }
}

const longestShown = 60;

function wordsFor(what: string, changes: Readonly<Record<string, string | null>>): readonly string[] {
  return Object.entries(changes).map(([key, value]) => {
    if (value === null) return `no ${what} ${key}`;
    const shown = value.length > longestShown ? `${value.slice(0, longestShown)}…` : value;
    return `${what} ${key}=${shown}`;
  });
}

function taintWords(before: readonly NodeTaint[], after: readonly NodeTaint[]): readonly string[] {
  const gone = before.filter((taint) => !after.some((other) => taintKey(other) === taintKey(taint)));
  const set = after.filter((taint) => !before.includes(taint));
  return [
    ...set.map(({ key, value, effect }) => `taint ${key}${value === undefined ? "" : `=${value}`}:${effect}`),
    ...gone.map((taint) => `no taint ${taintKey(taint)}`),
  ];
}
