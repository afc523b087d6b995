// Why a container is not healthy, in the words of its probe. Pure.
import type { ObservedState } from "#shared/state/observed.ts";

/** A sentence about a container that is there and is not healthy. */
export function ailmentOf({ ailments }: Pick<ObservedState, "ailments">, container: string): string {
  return ailments?.get(container) ?? "its probe does not hold";
}

/** The same where nothing can be done about it by a plan. */
export function illnessOf(observed: Pick<ObservedState, "ailments">, container: string): string {
  const ailment = ailmentOf(observed, container);
  return ailment.startsWith("its probe") ? `it runs but ${ailment}` : ailment;
}

/** What a probe found, as a sentence: who does not run was not probed. */
export function ailmentText({ name, state, found }: Readonly<Record<"name" | "state" | "found", string>>): string {
  if (state === "running") return `its probe does not hold: ${found}`;
  if (state === "restarting") return `it ends and is started again and again (docker logs ${name} says why)`;
  return state === "created" ? "the container was made and not started" : `the container is ${state}`;
}
