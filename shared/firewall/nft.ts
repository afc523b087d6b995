// The ruleset that `nft -j list ruleset` prints, judged for a packet.
import { familyOf } from "#shared/cidr.ts";
import { anything } from "./chains.ts";
import type { Chain, Rule, Table, Verdict } from "./chains.ts";
import { at, listOf, onlyEntry, textAt } from "./json.ts";
import { fieldOf } from "./nft-fields.ts";
import { compare, isAmong } from "./nft-match.ts";
import type { SetElements } from "./nft-match.ts";
import { allOf } from "./packet.ts";
import type { Certainty, Packet } from "./packet.ts";

/** By kind: table, chain, rule, set, map. */
export type NftRuleset = ReadonlyMap<string, readonly unknown[]>;

/** Undefined for a text that is no ruleset. */
export function parseNft(text: string): NftRuleset | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // an nft without JSON prints a sentence instead
    return undefined;
  }
  const objects = at(parsed, "nftables");
  if (!Array.isArray(objects)) return undefined;
  const byKind = new Map<string, unknown[]>();
  for (const object of objects) {
    const [kind, body] = onlyEntry(object) ?? [];
    if (kind === undefined) continue;
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, [body]);
    else known.push(body);
  }
  return byKind;
}

/** Its tables as far as they see the packet. */
export function nftTables(ruleset: NftRuleset, packet: Packet): readonly Table[] {
  const families = ["inet", familyOf(packet.address) === 4 ? "ip" : "ip6"];
  return listOf(ruleset.get("table")).flatMap((table): readonly Table[] => {
    const [family = "", name = ""] = [textAt(table, "family"), textAt(table, "name")];
    if (!families.includes(family) || listOf(at(table, "flags")).includes("dormant")) return [];
    const isOfTable = (object: unknown): boolean =>
      textAt(object, "family") === family && textAt(object, "table") === name;
    return [{ name: `${family} ${name}`, of: "nft", chains: chainsOf(ruleset, isOfTable, packet) }];
  });
}

function chainsOf(
  ruleset: NftRuleset,
  isOfTable: (object: unknown) => boolean,
  packet: Packet,
): ReadonlyMap<string, Chain> {
  const sets = new Map(
    [...listOf(ruleset.get("set")), ...listOf(ruleset.get("map"))]
      .filter(isOfTable)
      .map((set) => [textAt(set, "name"), listOf(at(set, "elem"))] as const),
  );
  const rules = new Map<string, Rule[]>();
  for (const rule of listOf(ruleset.get("rule")).filter(isOfTable)) {
    const chain = textAt(rule, "chain") ?? "";
    const judged = judgeRule(listOf(at(rule, "expr")), { packet, elements: (name) => sets.get(name) });
    const before = rules.get(chain);
    if (before === undefined) rules.set(chain, [judged]);
    else before.push(judged);
  }
  return new Map(
    listOf(ruleset.get("chain"))
      .filter(isOfTable)
      .map((chain) => {
        const [name = "", hook] = [textAt(chain, "name"), textAt(chain, "hook")];
        const policy = textAt(chain, "policy") === "drop" ? ("drop" as const) : ("accept" as const);
        return [name, { rules: rules.get(name) ?? [], base: hook === undefined ? undefined : { hook, policy } }];
      }),
  );
}

type About = { readonly packet: Packet; readonly elements: SetElements };

/** Statements that let the next one follow. */
const passing = new Set([
  "counter",
  "log",
  "comment",
  "dup",
  "last",
  "secmark",
  "ct helper",
  "ct timeout",
  "ct expectation",
]);
/** Those that end a rule at times, by what they have counted. */
const counting = new Set(["limit", "quota", "ct count", "set", "map", "meter"]);

function judgeRule(statements: readonly unknown[], about: About): Rule {
  let matches: Certainty = true;
  for (const [index, statement] of statements.entries()) {
    const [kind = "", body] = onlyEntry(statement) ?? [];
    if (kind === "match") {
      const field = fieldOf(at(body, "left"), about.packet);
      matches = allOf([matches, compare(at(body, "op"), field, at(body, "right"), about.elements)]);
      if (matches === false) return { matches, verdicts: [] };
    } else if (kind === "vmap" && index === statements.length - 1) {
      const mapped = judgeMap(body, about);
      return { ...mapped, matches: allOf([matches, mapped.matches]) };
    } else if (counting.has(kind)) matches = undefined;
    else if (!passing.has(kind) && !isNote(kind, body)) {
      const verdict = verdictOf(kind, body);
      return verdict === undefined ? anything : { matches, verdicts: [verdict] };
    }
  }
  return { matches, verdicts: [] };
}

/** A mark on the packet or its connection; anything else that is written into it may send it elsewhere. */
function isNote(kind: string, body: unknown): boolean {
  const [what] = onlyEntry(at(body, "key")) ?? [];
  return kind === "mangle" && (what === "meta" || what === "ct");
}

function verdictOf(kind: string, body: unknown): Verdict | undefined {
  if (kind === "accept" || kind === "drop" || kind === "return") return kind;
  if (kind === "reject") return "drop";
  const target = textAt(body, "target");
  if (target !== undefined && kind === "jump") return { jump: target };
  return target !== undefined && kind === "goto" ? { goto: target } : undefined;
}

/** A map from values to verdicts: the first that the field is, or one of those that it may be. */
function judgeMap(body: unknown, { packet, elements }: About): Rule {
  const field = fieldOf(at(body, "key"), packet);
  const data = at(body, "data");
  const named = typeof data === "string" ? elements(data.replace(/^@/, "")) : listOf(at(data, "set"));
  if (named === undefined) return anything;
  const verdicts: Verdict[] = [];
  for (const [key, value] of inOrder(named)) {
    const matches = isAmong(field, key, elements);
    if (matches === false) continue;
    const [kind = "", target] = onlyEntry(value) ?? [];
    const verdict = verdictOf(kind, target);
    if (verdict === undefined) return anything;
    verdicts.push(verdict);
    if (matches === true) return { matches: true, verdicts };
  }
  return { matches: verdicts.length === 0 ? false : undefined, verdicts };
}

/** What stands for all others is last. */
function inOrder(elements: readonly unknown[]): readonly (readonly [unknown, unknown])[] {
  const pairs = elements.map((element): readonly [unknown, unknown] => {
    const [key, value] = listOf(element);
    return [key, value];
  });
  return [...pairs.filter(([key]) => key !== "*"), ...pairs.filter(([key]) => key === "*")];
}
