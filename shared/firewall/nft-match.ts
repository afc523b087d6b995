// Whether a field of the packet is what a rule of nftables compares it with.
import { containsAddress, familyOf, parseCidr } from "#shared/cidr.ts";
import { at, listOf, onlyEntry } from "./json.ts";
import type { Field } from "./nft-fields.ts";
import { allOf, anyOf, comesInBy, not } from "./packet.ts";
import type { Certainty } from "./packet.ts";

/** Elements of a set by its name, undefined for one that nobody knows. */
export type SetElements = (name: string) => readonly unknown[] | undefined;

export function compare(op: unknown, field: Field, right: unknown, elements: SetElements): Certainty {
  if (field.is === "absent") return false;
  if (op === "==" || op === "in") return isAmong(field, right, elements);
  // of several bits that are not those, nothing is told
  if (op === "!=") return Array.isArray(right) ? undefined : not(isAmong(field, right, elements));
  if (field.is !== "port" || typeof right !== "number") return undefined;
  const { port } = field;
  const known = { "<": port < right, ">": port > right, "<=": port <= right, ">=": port >= right };
  return Object.entries(known).find(([sign]) => sign === op)?.[1];
}

/** `right`: a value, a list of them, a set, the name of one. */
export function isAmong(field: Field, right: unknown, elements: SetElements): Certainty {
  if (field.is === "unknown") return undefined;
  if (field.is === "absent") return false;
  if (Array.isArray(right)) return anyOf(right.map((one) => isAmong(field, one, elements)));
  if (typeof right === "string" && right.startsWith("@")) {
    const named = elements(right.slice(1));
    return named === undefined ? undefined : isAmong(field, named, elements);
  }
  const [kind, body] = onlyEntry(right) ?? [];
  if (kind === "set") return isAmong(field, listOf(body), elements);
  if (kind === "elem") return isAmong(field, at(body, "val"), elements);
  if (field.is === "concat") {
    const parts = listOf(body);
    if (kind !== "concat" || parts.length !== field.parts.length) return right === "*" ? true : undefined;
    return allOf(field.parts.map((part, index) => isAmong(part, parts[index], elements)));
  }
  return kind === undefined ? isValue(field, right) : isWithin(field, kind, body);
}

type Single = Exclude<Field, { readonly is: "unknown" | "absent" | "concat" }>;

function isValue(field: Single, right: unknown): Certainty {
  if (right === "*") return true;
  if (field.is === "port") return typeof right === "number" ? right === field.port : undefined;
  if (typeof right !== "string" && typeof right !== "number") return undefined;
  const text = String(right);
  if (field.is === "interface") return comesInBy(field.packet, text, "*");
  if (field.is === "address") return isAddress(text) ? isNetwork(field.address, text, undefined) : undefined;
  if (field.is === "word") return field.words.includes(text);
  return /^[a-z-]+$/.test(text) ? field.flags.includes(text) : undefined;
}

/** Prefixes and ranges. */
function isWithin(field: Single, kind: string, body: unknown): Certainty {
  const [first, last] = listOf(body);
  if (kind === "range" && field.is === "port" && typeof first === "number" && typeof last === "number")
    return first <= field.port && field.port <= last;
  const [address, length] = [at(body, "addr"), at(body, "len")];
  if (kind === "prefix" && field.is === "address" && typeof address === "string" && typeof length === "number")
    return isAddress(address) ? isNetwork(field.address, address, length) : undefined;
  return undefined;
}

function isAddress(text: string): boolean {
  return (
    /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) ||
    (/^[0-9a-f:]+:[0-9a-f:]*$/i.test(text) && URL.canParse(`http://[${text}]`))
  );
}

/** One address when no length is given. */
export function isNetwork(address: string, network: string, length: number | undefined): boolean {
  const most = familyOf(network) === 4 ? 32 : 128;
  return containsAddress(parseCidr(`${network}/${length ?? most}`), address);
}
