// What works now of a container.
import type { ObservedContainer } from "#shared/state/observed.ts";
import type { Context } from "./context.ts";

/** Observed containers of this name that work; to stop one of them is a disruption. */
export function workingOf({ observed }: Pick<Context, "observed">, name: string): readonly ObservedContainer[] {
  return observed.containers.filter(({ id, container }) => container === name && observed.working.has(id));
}
