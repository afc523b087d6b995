// Keys of people's own maps: never a name that every JavaScript object answers to, so that looking a name up finds only what
// somebody wrote.
import type { Fault } from "./domain.ts";

/** What no key and no name may be, whatever its type. */
export const prototypeNames: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "prototype",
]);

export function foreignName(name: string): Fault | undefined {
  return prototypeNames.has(name)
    ? { problem: `${name} cannot be a name`, hint: "JavaScript keeps this word for itself; choose another one" }
    : undefined;
}
