// Rules of nftables, judged for the first packet of a connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./judge.ts";
import { nftTables, parseNft } from "./nft.ts";
import type { Packet } from "./packet.ts";
import { ctState, dport, jump, meta, ruleset, saddr, verdict } from "./testing/nft-text.ts";

const packet: Packet = { protocol: "tcp", address: "10.77.0.11", port: 2380, interface: "eth0" };
const [accept, drop] = [verdict("accept"), verdict("drop")];

function verdictOf(text: string, about: Packet = packet): string {
  const rules = parseNft(text);
  assert.ok(rules);
  return judge(nftTables(rules, about)).verdict;
}

test("a chain that drops by its policy drops what no rule accepts", () => {
  const usual = [
    [meta("iifname", "lo"), accept],
    [ctState("established", "related"), accept],
    [dport(22), accept],
  ];

  assert.equal(verdictOf(ruleset(usual, { policy: "drop" })), "drop");
  assert.equal(verdictOf(ruleset([...usual, [dport({ set: [2379, 2380] }), accept]], { policy: "drop" })), "accept");
  assert.equal(verdictOf(ruleset(usual)), "accept");
});

test("what is compared with a port is a number, a range, a set, one by its name, or all but those", () => {
  const allowed = { set: { family: "inet", table: "filter", name: "allowed", elem: [22, { range: [2379, 2380] }] } };
  const rights = [
    [2380, "accept"],
    [2379, "drop"],
    [{ range: [2000, 3000] }, "accept"],
    [{ set: [1, { elem: { val: 2380, comment: "etcd" } }] }, "accept"],
    ["@allowed", "accept"],
    ["@nobody", "unknown"],
    ["etcd-server", "unknown"],
  ] as const;

  for (const [right, expected] of rights) {
    const text = ruleset([[dport(right), accept]], { policy: "drop", objects: [allowed] });
    assert.equal(verdictOf(text), expected, JSON.stringify(right));
  }
  assert.equal(verdictOf(ruleset([[dport(22, "!="), drop]])), "drop");
  assert.equal(verdictOf(ruleset([[dport(2380, ">="), drop]])), "drop");
  assert.equal(verdictOf(ruleset([[dport(2380, "<"), drop]])), "accept");
});

test("who sends it is not known: a rule about that makes nothing certain", () => {
  const some = [saddr({ prefix: { addr: "10.77.0.0", len: 24 } }), accept];

  assert.equal(verdictOf(ruleset([some], { policy: "drop" })), "unknown");
  assert.equal(verdictOf(ruleset([some, [{ reject: { type: "tcp reset" } }]], { policy: "drop" })), "unknown");
  assert.equal(verdictOf(ruleset([[saddr("10.77.0.12"), drop]])), "unknown");
});

test("a limit may be used up, and a statement that nobody knows may do anything", () => {
  const xt = { xt: { type: "match", name: "conntrack" } };

  assert.equal(verdictOf(ruleset([[{ limit: { rate: 10, per: "second" } }, accept]], { policy: "drop" })), "unknown");
  assert.equal(verdictOf(ruleset([[xt, accept]], { policy: "drop" })), "unknown");
  assert.equal(verdictOf(ruleset([[dport(22), xt, accept]], { policy: "drop" })), "drop");
  assert.equal(verdictOf(ruleset([[{ counter: null }, { log: null }, drop]])), "drop");
});

test("chains are called, and come back behind the call", () => {
  const chains = { more: [[dport(22), accept], [dport(2380), verdict("return")], [accept]] };

  assert.equal(verdictOf(ruleset([[jump("more")], [drop]], { chains })), "drop");
  assert.equal(verdictOf(ruleset([[jump("more")], [drop]], { chains }), { ...packet, port: 80 }), "accept");
  assert.equal(verdictOf(ruleset([[{ goto: { target: "more" } }], [drop]], { chains })), "accept");
  assert.equal(verdictOf(ruleset([[jump("nobody")], [drop]])), "unknown");
  assert.equal(verdictOf(ruleset([[jump("more")], [drop]], { chains: { more: [[jump("more")]] } })), "unknown");
});

test("a map tells the verdict by a value", () => {
  const map = (key: object, ...elements: readonly (readonly [unknown, unknown])[]): object => ({
    vmap: { key, data: { set: elements } },
  });
  const state = map({ ct: { key: "state" } }, ["established", accept], ["invalid", drop], ["new", jump("fresh")]);
  const port = { payload: { protocol: "tcp", field: "dport" } };
  const chains = { fresh: [[dport(2380), drop]] };

  assert.equal(verdictOf(ruleset([[{ ...state }], [accept]], { chains })), "drop");
  assert.equal(verdictOf(ruleset([[{ ...map(port, [22, accept], ["*", drop]) }]])), "drop");
  assert.equal(verdictOf(ruleset([[{ ...map(port, [22, drop]) }]])), "accept");
  assert.equal(verdictOf(ruleset([[{ ...map({ meta: { key: "mark" } }, [1, drop], [2, drop]) }]])), "unknown");
});

test("where it comes in is the interface of its address; unknown, it is at least not the loopback", () => {
  const only = (name: string): string => ruleset([[meta("iifname", name), accept]], { policy: "drop" });

  assert.equal(verdictOf(only("eth*")), "accept");
  assert.equal(verdictOf(only("docker0")), "drop");
  assert.equal(verdictOf(only("docker0"), { ...packet, interface: undefined }), "unknown");
  assert.equal(verdictOf(only("lo"), { ...packet, interface: undefined }), "drop");
});

test("a table of another family, or one that sleeps, does not see it", () => {
  const sixth = ruleset([[drop]]).replaceAll('"inet"', '"ip6"');
  const asleep = ruleset([[drop]]).replace('"name":"filter"}', '"name":"filter","flags":"dormant"}');

  assert.equal(verdictOf(sixth), "accept");
  assert.equal(verdictOf(sixth, { ...packet, address: "fd00::11" }), "drop");
  assert.equal(verdictOf(asleep), "accept");
});

test("what may be sent elsewhere before is not told of", () => {
  const place = { family: "inet", table: "filter", chain: "before" };
  const before = [
    {
      chain: {
        ...place,
        name: "before",
        chain: undefined,
        type: "nat",
        hook: "prerouting",
        prio: -100,
        policy: "accept",
      },
    },
    { rule: { ...place, expr: [dport(2380), { dnat: { addr: "10.0.0.2" } }] } },
  ];

  assert.equal(verdictOf(ruleset([[drop]], { objects: before })), "unknown");
  assert.equal(verdictOf(ruleset([[drop]], { objects: before }), { ...packet, port: 22 }), "drop");
});

test("a text that is no ruleset is none", () => {
  for (const text of ["", "Error: JSON support not compiled-in", "[]", "null", '{"nftables":1}'])
    assert.equal(parseNft(text), undefined, text);
});
