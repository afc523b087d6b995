// Networks in CIDR notation: their addresses, parts and overlaps. IPv4 and IPv6 alike, by whole numbers.

export type Cidr = {
  readonly family: 4 | 6;
  /** The network's first address. */
  readonly base: bigint;
  readonly length: number;
};

const bitsOf = { 4: 32, 6: 128 } as const;

/** A network that passed the schema `Cidr`; bits beyond its length are cut off. */
export function parseCidr(text: string): Cidr {
  const [address = "", length = "0"] = text.split("/");
  const family = familyOf(address);
  const cidr = { family, length: Number(length) };
  const rest = BigInt(bitsOf[family] - cidr.length);
  return { ...cidr, base: (addressNumber(address) >> rest) << rest };
}

/** 4 or 6, for an address that passed the schema `Address`. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** The network in its usual spelling. */
export function formatCidr({ family, base, length }: Cidr): string {
  return `${formatAddress(base, family)}/${length}`;
}

/** Address number `index` of the network, the first one being 0; undefined when it has fewer. */
export function addressIn(cidr: Cidr, index: bigint): string | undefined {
  return index < addressCount(cidr) ? formatAddress(cidr.base + index, cidr.family) : undefined;
}

export function addressCount({ family, length }: Cidr): bigint {
  return 1n << BigInt(bitsOf[family] - length);
}

/** Part number `index` of the network when it is cut into parts of `length`; undefined beyond the last. */
export function partOf(cidr: Cidr, length: number, index: number): Cidr | undefined {
  if (length < cidr.length || length > bitsOf[cidr.family]) return undefined;
  const size = 1n << BigInt(bitsOf[cidr.family] - length);
  const base = cidr.base + size * BigInt(index);
  return base < cidr.base + addressCount(cidr) ? { family: cidr.family, base, length } : undefined;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.base < b.base + addressCount(b) && b.base < a.base + addressCount(a);
}

export function containsAddress(cidr: Cidr, address: string): boolean {
  const number = addressNumber(address);
  return cidr.family === familyOf(address) && number >= cidr.base && number < cidr.base + addressCount(cidr);
}

export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.length <= inner.length && overlaps(outer, inner);
}

/** The address as a whole number, for addresses that passed the schema `Address`. */
function addressNumber(address: string): bigint {
  if (familyOf(address) === 4) return address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  // the URL parser gives one spelling: lower case, the longest run of zeros as ::, no dotted part
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: gap }, () => "0"), ...after];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function formatAddress(number: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 0xffn)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((number >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
