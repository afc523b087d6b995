// The minor version before, whose hidden metrics a program may be asked to show.
import type { ValueDomain } from "./value-domains.ts";
import { shown } from "./value-domains.ts";

export function previousMinor(minor: number): ValueDomain {
  return (value) =>
    value === "" || value === `1.${minor - 1}`
      ? undefined
      : { problem: `${shown(value)} is not the minor version before`, hint: `write "1.${minor - 1}"` };
}
