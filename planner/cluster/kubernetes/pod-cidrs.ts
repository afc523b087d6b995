// Which part of the pods' network each node gets. A node keeps its part for good: pods and routes know it.
import type { Cidr } from "#shared/cidr.ts";
import { containsCidr, formatCidr, parseCidr, partOf } from "#shared/cidr.ts";

export type PodCidrs = {
  /** By host, sorted. Hosts that left keep theirs while nobody needs it. */
  readonly all: Readonly<Record<string, string>>;
  /** Hosts for which nothing was left. */
  readonly without: readonly string[];
};

type Request = {
  /** Nodes that need a part. */
  readonly hosts: readonly string[];
  readonly podCidr: string;
  readonly nodeMask: number;
  /** What was given out before. */
  readonly known: Readonly<Record<string, string>>;
};

/** Keeps what is known, and gives new hosts the lowest parts that nobody has; those of hosts that left come last. */
export function assignPodCidrs({ hosts, podCidr, nodeMask, known }: Request): PodCidrs {
  const network = parseCidr(podCidr);
  const kept = Object.entries(known).filter(([, part]) => fits(network, nodeMask, part));
  const wanted = new Set(hosts);
  const assigned = new Map(kept.filter(([host]) => wanted.has(host)));
  const left = new Map(kept.filter(([host]) => !wanted.has(host)));
  const free = freeParts(network, nodeMask, new Set([...assigned.values(), ...left.values()]));
  const without: string[] = [];
  for (const host of hosts.filter((each) => !assigned.has(each)).toSorted()) {
    const part = free.next();
    const taken = part.done === true ? reclaim(left) : part.value;
    if (taken === undefined) without.push(host);
    else assigned.set(host, taken);
  }
  const all = [...assigned, ...left].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { all: Object.fromEntries(all), without };
}

function fits(network: Cidr, nodeMask: number, part: string): boolean {
  const cidr = parseCidr(part);
  return cidr.length === nodeMask && containsCidr(network, cidr);
}

function* freeParts(network: Cidr, nodeMask: number, taken: ReadonlySet<string>): Generator<string, undefined> {
  for (let index = 0; ; index++) {
    const part = partOf(network, nodeMask, index);
    if (part === undefined) return undefined;
    const text = formatCidr(part);
    if (!taken.has(text)) yield text;
  }
}

/** The part of a host that left, taken out of the map. */
function reclaim(left: Map<string, string>): string | undefined {
  const [first] = [...left].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (first === undefined) return undefined;
  left.delete(first[0]);
  return first[1];
}
