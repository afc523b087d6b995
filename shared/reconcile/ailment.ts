// Why a container is not healthy, in the words of its probe. Pure.
import type { ObservedState } from "./observed.ts";

/** The end of a sentence about a container whose probe does not hold. */
export function ailmentOf({ ailments }: Pick<ObservedState, "ailments">, container: string): string {
  const reason = ailments?.get(container);
  return reason === undefined ? "its probe does not hold" : `its probe does not hold: ${reason}`;
}
