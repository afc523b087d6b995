// Laws of the walk through a packet filter: what is told as certain holds however the rest turns out.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Chain, Rule, Table, Verdict } from "./chains.ts";
import { judge } from "./judge.ts";
import { nftTables, parseNft } from "./nft.ts";
import { dport, meta, ruleset, saddr, verdict } from "./testing/nft-text.ts";

const names = ["input", "a", "b", "c"] as const;

/** Chains call only later ones, as no kernel takes a circle. */
function anyRule(chain: number): fc.Arbitrary<Rule> {
  const later = names.slice(chain + 1);
  const verdicts: readonly Verdict[] = [
    "accept",
    "drop",
    "return",
    ...later.flatMap((name) => [{ jump: name }, { goto: name }]),
  ];
  return fc.record({
    matches: fc.constantFrom(true, false, undefined),
    verdicts: fc.array(fc.constantFrom(...verdicts), { maxLength: 2 }),
  });
}

const anyTable: fc.Arbitrary<Table> = fc
  .tuple(
    fc.constantFrom("accept" as const, "drop" as const),
    ...names.map((_, index) => fc.array(anyRule(index), { maxLength: 4 })),
  )
  .map(([policy, ...rules]) => {
    const base = { hook: "input", policy };
    const chains = names.map((name, index): readonly [string, Chain] => [
      name,
      { rules: rules[index] ?? [], base: index === 0 ? base : undefined },
    ]);
    return { name: "inet filter", of: "nft", chains: new Map(chains) };
  });

/** What a kernel does for which each rule that is not certain turns out in one way. */
function kernel({ chains }: Table, choose: (most: number) => number): "accept" | "drop" {
  const walk = (name: string): "accept" | "drop" | "over" => {
    for (const { matches, verdicts } of chains.get(name)?.rules ?? []) {
      const isTrue = matches ?? choose(2) === 1;
      const taken = isTrue ? verdicts[choose(verdicts.length)] : undefined;
      if (taken === undefined) continue;
      if (taken === "return") return "over";
      if (taken === "accept" || taken === "drop") return taken;
      if (typeof taken === "object" && "goto" in taken) return walk(taken.goto);
      const end = typeof taken === "object" ? walk(taken.jump) : "over";
      if (end !== "over") return end;
    }
    return "over";
  };
  const end = walk("input");
  return end === "over" ? (chains.get("input")?.base?.policy ?? "accept") : end;
}

test("what is told to be dropped, or accepted, is, however the rules that tell nothing turn out", () => {
  const told = { drop: 0, accept: 0, unknown: 0 };

  fc.assert(
    fc.property(anyTable, fc.array(fc.nat(), { minLength: 1, maxLength: 30 }), (table, choices) => {
      const { verdict: judged } = judge([table]);
      told[judged] += 1;
      let next = 0;
      const does = kernel(table, (most) => (choices[next++ % choices.length] ?? 0) % Math.max(most, 1));
      if (judged !== "unknown") assert.equal(does, judged);
    }),
    { numRuns: 1000 },
  );

  for (const [kind, count] of Object.entries(told)) assert.ok(count > 20, `${kind}: ${count}`);
});

const anyStatement = fc.oneof(
  fc.constantFrom(
    dport(2380),
    dport(22),
    dport({ range: [1, 65_535] }),
    dport("@nobody"),
    saddr("10.0.0.1"),
    meta("mark", 1),
  ),
  fc.constantFrom(verdict("accept"), verdict("drop"), { reject: null }, { limit: { rate: 1 } }, { xt: { name: "x" } }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 1 }),
);
const anyRules = fc.array(fc.array(anyStatement, { maxLength: 3 }), { maxLength: 6 });
const packet = { protocol: "tcp", address: "10.77.0.11", port: 2380, interface: "eth0" } as const;

function judgedNft(text: string): string {
  const rules = parseNft(text);
  assert.ok(rules);
  return judge(nftTables(rules, packet)).verdict;
}

test("a port that the first rule accepts is never told to be dropped, whatever follows", () => {
  fc.assert(
    fc.property(anyRules, (rules) => {
      assert.equal(judgedNft(ruleset([[dport(2380), verdict("accept")], ...rules], { policy: "drop" })), "accept");
    }),
  );
});

test("a statement that nobody knows in front of a drop never makes it certain", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), anyRules, (kind, rules) => {
      const unknown = { [`x ${kind}`]: null };
      assert.notEqual(judgedNft(ruleset([[unknown, verdict("drop")], [verdict("accept")], ...rules])), "drop");
    }),
  );
});
