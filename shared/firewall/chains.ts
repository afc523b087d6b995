// Chains of a packet filter, each rule judged for one packet, and where a walk through them may end. What a rule does not tell counts as
// both: it matches and it does not, so that an end is certain only when it is the only one.
import type { Certainty } from "./packet.ts";

/** `elsewhere`: to another address, port or program. */
export type Verdict =
  | "accept"
  | "drop"
  | "elsewhere"
  | "return"
  | { readonly jump: string }
  | { readonly goto: string };

export type Rule = {
  readonly matches: Certainty;
  /** One of these; none: the next rule follows. */
  readonly verdicts: readonly Verdict[];
};

export type Chain = {
  readonly rules: readonly Rule[];
  /** Of one that the kernel begins with. */
  readonly base?: { readonly hook: string; readonly policy: "accept" | "drop" } | undefined;
};

export type Table = {
  /** With its family, such as `inet filter`. */
  readonly name: string;
  readonly of: "nft" | "iptables";
  readonly chains: ReadonlyMap<string, Chain>;
};

/** Of a rule that nobody understands. */
export const anything: Rule = { matches: undefined, verdicts: ["accept", "drop", "elsewhere"] };

export type End = "accept" | "drop" | "elsewhere";
/** `over`: behind the last rule. */
type Way = End | "over";
const anyWay: ReadonlySet<Way> = new Set(["accept", "drop", "elsewhere", "over"]);

/** Where a packet may end in each chain that begins at one of the hooks. */
export function endsOf(
  table: Table,
  hooks: readonly string[],
): readonly { readonly chain: string; readonly hook: string; readonly ends: ReadonlySet<End> }[] {
  const walk = createWalk(table.chains);
  return [...table.chains].flatMap(([name, { base }]) => {
    if (base === undefined || !hooks.includes(base.hook)) return [];
    const ends = [...walk(name)].map((way) => (way === "over" ? base.policy : way));
    return [{ chain: name, hook: base.hook, ends: new Set(ends) }];
  });
}

/** A chain's ways are the same from wherever it is called; one that calls itself, which no kernel takes, may end anywhere. */
function createWalk(chains: Table["chains"]): (name: string) => ReadonlySet<Way> {
  const known = new Map<string, ReadonlySet<Way>>();
  const walk = (name: string): ReadonlySet<Way> => {
    const found = known.get(name);
    if (found !== undefined) return found;
    known.set(name, anyWay);
    const chain = chains.get(name);
    const ways = chain === undefined ? anyWay : waysThrough(chain, walk);
    known.set(name, ways);
    return ways;
  };
  return walk;
}

function waysThrough({ rules }: Chain, walk: (name: string) => ReadonlySet<Way>): ReadonlySet<Way> {
  const ways = new Set<Way>();
  for (const { matches, verdicts } of rules) {
    if (matches === false) continue;
    const taken = verdicts.flatMap((verdict) => waysOf(verdict, walk));
    for (const way of taken) if (way !== "next") ways.add(way);
    if (matches === true && verdicts.length > 0 && !taken.includes("next")) return ways;
  }
  return ways.add("over");
}

/** `next`: the rule behind. */
function waysOf(verdict: Verdict, walk: (name: string) => ReadonlySet<Way>): readonly (Way | "next")[] {
  if (verdict === "return") return ["over"];
  if (typeof verdict === "string") return [verdict];
  if ("goto" in verdict) return [...walk(verdict.goto)];
  return [...walk(verdict.jump)].map((way) => (way === "over" ? "next" : way));
}
