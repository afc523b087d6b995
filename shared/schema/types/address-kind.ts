// Kinds of IP addresses by RFC 6890 and its successors, and what an address may be used for.
import * as z from "zod";
import type { Fault } from "./domain.ts";
import { containsAddress, familyOf, parseCidr } from "#shared/cidr.ts";
import type { Cidr } from "#shared/cidr.ts";

const ip = z.union([z.ipv4(), z.ipv6()]);

/** What the address is for all the world; `ordinary` is one that a host can have and others can reach. */
export type AddressKind =
  | "unspecified"
  | "loopback"
  | "link-local"
  | "multicast"
  | "broadcast"
  | "reserved"
  | "documentation"
  | "ordinary";

const blocks: readonly (readonly [string, AddressKind])[] = [
  ["255.255.255.255/32", "broadcast"],
  ["0.0.0.0/8", "unspecified"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["192.0.2.0/24", "documentation"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
  ["2001:db8::/32", "documentation"],
  ["3fff::/20", "documentation"],
  ["::ffff:0:0/96", "reserved"],
];

export const kinds: readonly { readonly cidr: Cidr; readonly kind: AddressKind }[] = blocks.map(([text, kind]) => ({
  cidr: parseCidr(text),
  kind,
}));

/** Whether the text is an address at all. */
export function isAddress(text: string): boolean {
  return ip.safeParse(text).success;
}

/** For an address that passed the schema `Address`. */
export function addressKind(address: string): AddressKind {
  return kinds.find(({ cidr }) => containsAddress(cidr, address))?.kind ?? "ordinary";
}

const reasons: Readonly<Partial<Record<AddressKind, string>>> = {
  unspecified: "means any address, none in particular",
  "link-local": "is link-local: it holds on one wire only",
  multicast: "is a multicast address",
  broadcast: "is the broadcast address",
  reserved: "is not assigned to anybody, or another spelling of an IPv4 address",
};

/** An address that a host has and others reach it by. Loopback is judged where it is known how many hosts there are. */
export function notReachable(address: string): Fault | undefined {
  const reason = reasons[addressKind(address)];
  return reason === undefined
    ? undefined
    : { problem: `${address} ${reason}`, hint: "use an address by which other hosts reach it" };
}

/** An address to serve at or to ask on the own host: one of its own, or any; IPv4's link-local ones are used for that. */
export function notServable(address: string): Fault | undefined {
  const kind = addressKind(address);
  if (address === "0.0.0.0" || (familyOf(address) === 6 && kind === "unspecified")) return undefined;
  return familyOf(address) === 4 && kind === "link-local" ? undefined : notReachable(address);
}

/** An address that a certificate may be for: one that somebody connects to, be it on the own host. */
export function notNameable(address: string): Fault | undefined {
  const kind = addressKind(address);
  const isOrdinary = kind === "loopback" || (familyOf(address) === 4 && kind === "link-local");
  const fault = isOrdinary ? undefined : notReachable(address);
  return fault === undefined ? undefined : { problem: fault.problem, hint: "nobody connects to it: remove it" };
}
