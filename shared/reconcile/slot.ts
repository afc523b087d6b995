// Which observed containers belong to one desired name: the current one, the one that stands by, and strays.
import { oldName } from "./context.ts";
import type { ForeignContainer, ObservedContainer, ObservedState, UnknownContainer } from "./observed.ts";

export type Slot = {
  /** Has the wanted name, or is the best stray and will get it. */
  readonly current?: ObservedContainer | undefined;
  /** Named `<name>.old`. */
  readonly old?: ObservedContainer | undefined;
  /** Current was found under another name. */
  readonly renamed: boolean;
  /** More of ours for this name: one container a component, so these go. */
  readonly surplus: readonly ObservedContainer[];
  /** One of ours for this name that the engine does not tell about: what its part is, nobody knows. */
  readonly unknown?: UnknownContainer | undefined;
  /** Somebody else's container in the way. */
  readonly taken?: ForeignContainer | undefined;
  readonly oldTaken?: ForeignContainer | undefined;
};

/** Sorts what carries our label for `name` into its roles; the newest stray with the wanted hash counts as renamed. */
export function slotOf(observed: ObservedState, name: string, specHash: string | undefined): Slot {
  const ours = observed.containers.filter((container) => container.container === name);
  const old = ours.find((container) => container.name === oldName(name));
  const named = ours.find((container) => container.name === name);
  const strays = ours
    .filter((container) => container !== old && container !== named)
    .toSorted((a, b) => rank(b, specHash) - rank(a, specHash) || b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
  const current = named ?? strays[0];
  return {
    current,
    old,
    renamed: current !== undefined && named === undefined,
    surplus: strays.filter((stray) => stray !== current),
    unknown: observed.unknownContainers.find((container) => container.container === name),
    taken: observed.foreign.find((container) => container.name === name),
    oldTaken: observed.foreign.find((container) => container.name === oldName(name)),
  };
}

function rank(container: ObservedContainer, specHash: string | undefined): number {
  return (container.specHash === specHash ? 2 : 0) + (container.state === "running" ? 1 : 0);
}
