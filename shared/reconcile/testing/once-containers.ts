// Desired states in which some containers run to their end, for tests: no container of a host config says that itself.
import type { DesiredState } from "#shared/state/desired.ts";

/** The state with the named containers running once, to make these paths. */
export function withOnce(desired: DesiredState, produces: Readonly<Record<string, readonly string[]>>): DesiredState {
  const made = new Map(Object.entries(produces));
  return {
    ...desired,
    containers: desired.containers.map((container) => {
      const paths = made.get(container.name);
      return paths === undefined ? container : { ...container, once: { produces: paths }, restart: "no" };
    }),
  };
}
