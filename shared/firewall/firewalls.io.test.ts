// Whole rulesets as firewalls write them: firewalld 2.3 (`nft -j list ruleset`) and ufw 0.36 (`iptables-save`), both of Debian 13, each
// with ssh open and firewalld with 9000 too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { iptablesTables } from "./iptables.ts";
import { judge } from "./judge.ts";
import { nftTables, parseNft } from "./nft.ts";
import type { Packet } from "./packet.ts";

const packet: Packet = { protocol: "tcp", address: "10.77.0.11", port: 2380, interface: "eth0" };
const textOf = (name: string): string => readFileSync(new URL(`testing/${name}.ruleset`, import.meta.url), "utf8");

test("firewalld: what no zone opens is dropped, also on an interface of which nobody knows", () => {
  const rules = parseNft(textOf("firewalld"));
  assert.ok(rules);
  const judged = (about: Partial<Packet>) => judge(nftTables(rules, { ...packet, ...about }));

  const drops = [{ table: "inet firewalld", chain: "filter_INPUT", manager: "firewalld" }];
  assert.deepEqual(judged({}), { verdict: "drop", drops });
  assert.deepEqual(judged({ interface: undefined }), { verdict: "drop", drops });
  assert.deepEqual(judged({ port: 22 }), { verdict: "accept", drops: [] });
  assert.deepEqual(judged({ port: 9000 }), { verdict: "accept", drops: [] });
  // its chain before drops what comes from where no route leads
  assert.deepEqual(judged({ address: "fd00::11", port: 22 }), { verdict: "unknown", drops: [] });
});

test("ufw: what nobody allowed is dropped", () => {
  const judged = (port: number) => judge(iptablesTables(textOf("ufw"), { ...packet, port }));

  assert.deepEqual(judged(2380), {
    verdict: "drop",
    drops: [{ table: "filter", chain: "INPUT", manager: "ufw" }],
  });
  assert.deepEqual(judged(22), { verdict: "accept", drops: [] });
});
