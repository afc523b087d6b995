// Networks by purpose: those of pods and of Services may be any that nothing else in the world needs on a host.
import { overlaps, parseCidr } from "#shared/cidr.ts";
import type { Fault } from "./domain.ts";
import { kinds } from "./address-kind.ts";

const impossible = new Map([
  ["unspecified", "addresses that mean any"],
  ["loopback", "loopback addresses"],
  ["link-local", "link-local addresses"],
  ["multicast", "multicast addresses"],
  ["broadcast", "the broadcast address"],
  ["reserved", "addresses that nobody may use"],
]);

/** A network of pods or Services. */
export function notClusterNetwork(text: string): Fault | undefined {
  const network = parseCidr(text);
  const found = kinds.find(({ cidr, kind }) => impossible.has(kind) && overlaps(cidr, network));
  return found === undefined
    ? undefined
    : {
        problem: `${text} has ${impossible.get(found.kind)} in it`,
        hint: "use a private network such as 10.244.0.0/16",
      };
}
