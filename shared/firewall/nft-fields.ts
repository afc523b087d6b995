// What an expression of nftables is for a packet. Names as nft writes them in JSON (libnftables-json(5)).
import { familyOf } from "#shared/cidr.ts";
import { at, listOf, onlyEntry, textAt } from "./json.ts";
import type { Packet } from "./packet.ts";

export type Field =
  | { readonly is: "port"; readonly port: number }
  | { readonly is: "address"; readonly address: string }
  | { readonly is: "interface"; readonly packet: Packet }
  | { readonly is: "word"; readonly words: readonly string[] }
  /** Bits that have names, those that are set. */
  | { readonly is: "flags"; readonly flags: readonly string[] }
  | { readonly is: "concat"; readonly parts: readonly Field[] }
  /** The packet has no such field: no comparison with it holds. */
  | { readonly is: "absent" }
  | { readonly is: "unknown" };

const unknown: Field = { is: "unknown" };
const absent: Field = { is: "absent" };
const numbers = { tcp: "6", udp: "17" } as const;
const otherTransports = new Set(["icmp", "icmpv6", "igmp", "sctp", "dccp", "udplite", "esp", "ah", "comp"]);

export function fieldOf(expression: unknown, packet: Packet): Field {
  const [kind, body] = onlyEntry(expression) ?? [];
  if (kind === "payload") return payloadOf(textAt(body, "protocol"), textAt(body, "field"), packet);
  if (kind === "meta") return metaOf(textAt(body, "key"), packet);
  if (kind === "ct") return trackingOf(textAt(body, "key"));
  if (kind === "fib") return routeOf(body);
  if (kind === "concat") return { is: "concat", parts: listOf(body).map((part) => fieldOf(part, packet)) };
  return unknown;
}

function payloadOf(protocol = "", field = "", packet: Packet): Field {
  if (otherTransports.has(protocol)) return absent;
  if (protocol === "tcp" || protocol === "udp" || protocol === "th") {
    if (protocol !== "th" && protocol !== packet.protocol) return absent;
    return field === "dport" ? { is: "port", port: packet.port } : unknown;
  }
  if (protocol !== "ip" && protocol !== "ip6") return unknown;
  if ((protocol === "ip") !== (familyOf(packet.address) === 4)) return absent;
  if (field === "daddr") return { is: "address", address: packet.address };
  return field === "protocol" ? protocolOf(packet) : unknown;
}

function protocolOf({ protocol }: Packet): Field {
  return { is: "word", words: [protocol, numbers[protocol]] };
}

function metaOf(key: string | undefined, packet: Packet): Field {
  const is4 = familyOf(packet.address) === 4;
  if (key === "l4proto") return protocolOf(packet);
  if (key === "nfproto") return { is: "word", words: is4 ? ["ipv4", "2"] : ["ipv6", "10"] };
  if (key === "protocol") return { is: "word", words: [is4 ? "ip" : "ip6"] };
  return key === "iif" || key === "iifname" ? { is: "interface", packet } : unknown;
}

/** Of the first packet of a connection that nobody redirects. */
function trackingOf(key: string | undefined): Field {
  if (key === "state") return { is: "flags", flags: ["new"] };
  if (key === "status") return { is: "flags", flags: [] };
  return key === "direction" ? { is: "word", words: ["original"] } : unknown;
}

function routeOf(body: unknown): Field {
  const flags = listOf(at(body, "flags"));
  const isOwn = textAt(body, "result") === "type" && flags.length === 1 && flags[0] === "daddr";
  return isOwn ? { is: "word", words: ["local"] } : unknown;
}
