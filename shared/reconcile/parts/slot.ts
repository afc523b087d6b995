// Which observed containers belong to one desired name: the current one, the one that stands by, and strays.
import { oldName } from "./context.ts";
import type { ForeignContainer, ObservedContainer, ObservedState, UnknownContainer } from "#shared/state/observed.ts";

export type Slot = {
  /** Has the wanted name, or is the best stray and will get it. */
  readonly current?: ObservedContainer | undefined;
  /** Named `<name>.old`. */
  readonly old?: ObservedContainer | undefined;
  /** Current was found under another name. */
  readonly renamed: boolean;
  /** Ids of those that crash in a loop, or did a moment ago: engines rename and limit such a one only when it is stopped. */
  readonly looping?: ReadonlySet<string> | undefined;
  /** More of ours for this name, and what is on its way out: one container a component, so these go. */
  readonly surplus: readonly ObservedContainer[];
  /** One of ours for this name that the engine does not tell about: what its part is, nobody knows. */
  readonly unknown?: UnknownContainer | undefined;
  /** Somebody else's container in the way. */
  readonly taken?: ForeignContainer | undefined;
  readonly oldTaken?: ForeignContainer | undefined;
};

/** After a run of this length Docker forgets its back-off: what lasted is no loop. */
const loopMs = 10_000;

/** Sorts what carries our label for `name` into its roles; the newest stray with the wanted hash counts as renamed. */
export function slotOf(observed: ObservedState, name: string, specHash: string | undefined): Slot {
  const ours = observed.containers.filter((container) => container.container === name);
  // nothing but its removal works on what is dead
  const going = ours.filter(({ state }) => state === "dead" || state === "removing");
  const staying = ours.filter((container) => !going.includes(container));
  const old = staying.find((container) => container.name === oldName(name));
  const named = staying.find((container) => container.name === name);
  const strays = staying
    .filter((container) => container !== old && container !== named)
    .toSorted((a, b) => rank(b, specHash) - rank(a, specHash) || b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
  const current = named ?? strays[0];
  return {
    current,
    old,
    renamed: current !== undefined && named === undefined,
    looping: new Set(staying.filter((container) => loops(container, observed.now)).map(({ id }) => id)),
    surplus: [...strays.filter((stray) => stray !== current), ...going],
    unknown: observed.unknownContainers.find((container) => container.container === name),
    taken: observed.foreign.find((container) => container.name === name),
    oldTaken: observed.foreign.find((container) => container.name === oldName(name)),
  };
}

/** True while a restart policy starts it again and again; it may be between two starts at any moment. */
export function loops({ state, restartCount, startedAt }: ObservedContainer, now: number): boolean {
  if (state === "restarting") return true;
  return state === "running" && restartCount > 0 && now - (startedAt ?? now) < loopMs;
}

function rank(container: ObservedContainer, specHash: string | undefined): number {
  return (container.specHash === specHash ? 2 : 0) + (container.state === "running" ? 1 : 0);
}
