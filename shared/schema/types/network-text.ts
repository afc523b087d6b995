// Networks as text, as programs read them.
import * as z from "zod";
import type { Fault } from "./domain.ts";

const cidr = z.union([z.cidrv4(), z.cidrv6()]);

/** A network in CIDR notation. */
export function cidrFault(text: string): Fault | undefined {
  return cidr.safeParse(text).success
    ? undefined
    : { problem: `${JSON.stringify(text)} is no network`, hint: "such as 10.244.0.0/16 or fd00::/64" };
}
