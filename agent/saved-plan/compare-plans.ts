// What differs between a host as it was when a plan was saved and as it is. Pure: the one judgement on which a saved plan is applied.
import { canonical } from "#shared/canonical.ts";
import type { PlanDifference } from "#shared/errors.ts";
import { printableLine } from "#shared/printable.ts";
import type { SavedPlan, StepRow } from "./saved-plan.ts";

type Compared = Pick<SavedPlan, "seen" | "steps" | "blocked">;

/** Empty exactly when what was seen is the same, and the plan made from it too: the same steps, in the same order. */
export function differences(saved: Compared, now: Compared): readonly PlanDifference[] {
  const apart = [
    ...changed(seenOf(saved), seenOf(now), "not there"),
    ...changed(blockedOf(saved), blockedOf(now), "not held"),
    ...changed(stepsOf(saved.steps), stepsOf(now.steps), "not planned"),
  ];
  const isSame = canonical(saved.steps) === canonical(now.steps);
  if (apart.length > 0 || isSame) return apart;
  return [{ component: "", what: "the order of the steps", was: orderOf(saved), is: orderOf(now) }];
}

/** For people, a row each. */
export function differenceText({ component, what, was, is }: PlanDifference): string {
  const whose = component === "" ? "" : `${component}: `;
  return printableLine(`${whose}${what}: was ${was}, is ${is}`);
}

type Entry = Omit<PlanDifference, "was" | "is"> & { readonly state: string };

/** Entries of the same key are one: what is held for two reasons is held for both. */
function changed(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
  absent: string,
): readonly PlanDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    if (was?.state === is?.state) return [];
    const { component = "", what = "" } = is ?? was ?? {};
    return [{ component, what, was: was?.state ?? absent, is: is?.state ?? absent }];
  });
}

function collect(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const all = new Map<string, Entry>();
  for (const entry of entries) {
    const key = canonical([entry.component, entry.what]);
    const known = all.get(key);
    all.set(key, known === undefined ? entry : { ...entry, state: `${known.state}; ${entry.state}` });
  }
  return all;
}

function seenOf({ seen }: Compared): ReadonlyMap<string, Entry> {
  return collect(seen);
}

function blockedOf({ blocked }: Compared): ReadonlyMap<string, Entry> {
  return collect(blocked.map(({ component, container, code }) => ({ component, what: container, state: code })));
}

/** A step by its text; what it does besides is its digest. */
function stepsOf(steps: readonly StepRow[]): ReadonlyMap<string, Entry> {
  return collect(
    steps.map(({ component, lines, digest }) => ({
      component,
      what: `step ${lines.map((line) => line.trim()).join(", ")}`,
      state: `planned (${digest.slice(0, shortDigest)})`,
    })),
  );
}

const shortDigest = 12;

function orderOf({ steps }: Compared): string {
  return steps.map(({ kind, subject }) => `${kind} ${subject}`).join(", ");
}
