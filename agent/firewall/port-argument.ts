// A port of the host as the hidden `firewall` command is told it: `tcp/10.77.0.11:2380`, IPv6 in brackets.
import { isIP } from "node:net";
import type { Packet } from "#shared/firewall/packet.ts";

export function portArgument({ protocol, address, port }: Packet): string {
  return `${protocol}/${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** The packet that would come to it, undefined for an argument that is none. */
export function packetOf(argument: string): Packet | undefined {
  const [, protocol, bracketed, plain, digits] = /^(tcp|udp)\/(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(argument) ?? [];
  const [address, port] = [bracketed ?? plain ?? "", Number(digits)];
  if (isIP(address) === 0 || !(port > 0 && port < 65_536)) return undefined;
  return { protocol: protocol === "udp" ? "udp" : "tcp", address, port };
}
