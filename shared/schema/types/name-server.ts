// Name servers that CoreDNS forwards to, as words of a Corefile: an address, with a port if need be.
import type { Fault } from "./domain.ts";
import { familyOf } from "#shared/cidr.ts";
import { addressKind, isAddress } from "./address-kind.ts";

/** CoreDNS' own limit (plugin/forward). */
const most = 15;

/** The address of a name server; undefined for anything else. */
export function nameServerAddress(text: string): string | undefined {
  if (isAddress(text)) return text;
  const [, six, four, port = ""] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const address = six ?? four ?? "";
  return isAddress(address) && (six !== undefined) === address.includes(":") && Number(port) > 0 && Number(port) < 65536
    ? address
    : undefined;
}

export function notNameServer(text: string): Fault | undefined {
  const address = nameServerAddress(text);
  if (address === undefined)
    return {
      problem: `${JSON.stringify(text)} is no address of a name server`,
      hint: "an IP address, with a port if need be: 10.0.0.53 or 10.0.0.53:5353",
    };
  const kind = addressKind(address);
  if (kind === "loopback")
    return { problem: `${text} is CoreDNS itself when it asks`, hint: "use an address outside of the pod" };
  // IPv4's link-local ones are what caches of nodes and clouds have
  if (kind === "ordinary" || kind === "documentation" || (kind === "link-local" && familyOf(address) === 4))
    return undefined;
  return { problem: `no pod reaches a name server at the address ${address}` };
}

export function tooManyServers(servers: readonly string[]): Fault | undefined {
  return servers.length > most ? { problem: `CoreDNS takes at most ${most} name servers` } : undefined;
}
