// What a host's whole packet filter does to one packet.
import { endsOf } from "./chains.ts";
import type { Table } from "./chains.ts";

/** Who writes the rules, and so by whose command they are changed. */
export type Manager = "nft" | "iptables" | "firewalld" | "ufw";

export type Drop = { readonly table: string; readonly chain: string; readonly manager: Manager };

export type Judgement = {
  /** What is not certain is unknown. */
  readonly verdict: "accept" | "drop" | "unknown";
  /** Chains that certainly drop it. */
  readonly drops: readonly Drop[];
};

/**
 * Every chain at these hooks must let it pass, in whatever order, since what one accepts the next may drop. A packet that may be sent elsewhere
 * before is not told of: another chain decides about it.
 */
export function judge(tables: readonly Table[]): Judgement {
  const found = tables.flatMap((table) => endsOf(table, ["prerouting", "input"]).map((end) => ({ table, ...end })));
  if (found.some(({ ends }) => ends.has("elsewhere"))) return { verdict: "unknown", drops: [] };
  const drops = found
    .filter(({ ends }) => ends.size === 1 && ends.has("drop"))
    .map(({ table, chain }) => ({ table: table.name, chain, manager: managerOf(table) }));
  if (drops.length > 0) return { verdict: "drop", drops };
  return { verdict: found.some(({ ends }) => ends.has("drop")) ? "unknown" : "accept", drops };
}

function managerOf({ name, of, chains }: Table): Manager {
  const has = (known: RegExp): boolean => [...chains.keys()].some((chain) => known.test(chain));
  if (/ firewalld/.test(name) || has(/^INPUT_ZONES$/)) return "firewalld";
  return has(/^ufw6?-/) ? "ufw" : of;
}
