// Rules of iptables as iptables-save prints them, judged for the first packet of a connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { iptablesTables } from "./iptables.ts";
import { judge } from "./judge.ts";
import type { Packet } from "./packet.ts";

const packet: Packet = { protocol: "tcp", address: "10.77.0.11", port: 2380, interface: "eth0" };

function filter(policy: "ACCEPT" | "DROP", ...rules: readonly string[]): string {
  return ["*filter", `:INPUT ${policy} [0:0]`, ":more - [0:0]", ...rules, "COMMIT", ""].join("\n");
}

function verdictOf(text: string, about: Packet = packet): string {
  return judge(iptablesTables(text, about)).verdict;
}

test("a default drop with the usual exceptions drops the rest", () => {
  const usual = [
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    `-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "for \\"ssh\\", -j ACCEPT" -j ACCEPT`,
    "-A INPUT -p icmp -j ACCEPT",
  ];

  assert.equal(verdictOf(filter("DROP", ...usual)), "drop");
  assert.equal(verdictOf(filter("ACCEPT", ...usual)), "accept");
  assert.equal(
    verdictOf(filter("DROP", ...usual, "-A INPUT -p tcp -m multiport --dports 80,2379:2380 -j ACCEPT")),
    "accept",
  );
  assert.equal(verdictOf(filter("DROP", ...usual), { ...packet, port: 22 }), "accept");
});

test("options hold, are turned round, or tell nothing", () => {
  const rules = [
    ["-d 10.77.0.0/24", "accept"],
    ["! -d 10.77.0.0/24", "drop"],
    ["-d 10.77.0.12/32", "drop"],
    ["-i eth+", "accept"],
    ["! -i eth0", "drop"],
    ["-p 6", "accept"],
    ["-p udp -m udp --dport 2380", "drop"],
    ["-m addrtype --dst-type LOCAL", "accept"],
    ["-m conntrack --ctstate NEW", "accept"],
    ["-m conntrack ! --ctstate NEW", "drop"],
    ["-s 10.77.0.12/32 -p tcp -m tcp --dport 22", "drop"],
    ["-s 10.77.0.12/32", "unknown"],
    ["-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m tcp --dport 22", "drop"],
    ["-m recent --rcheck --name --dport 22", "unknown"],
    ["-m string --string -p --algo bm", "unknown"],
  ] as const;

  for (const [options, expected] of rules)
    assert.equal(verdictOf(filter("DROP", `-A INPUT ${options} -j ACCEPT`)), expected, options);
});

test("targets end, call, note, or are not known", () => {
  const targets = [
    ["-A INPUT -j REJECT --reject-with icmp-port-unreachable", "drop"],
    ['-A INPUT -j LOG --log-prefix "-j DROP"', "accept"],
    ["-A INPUT -j RETURN", "accept"],
    ["-A INPUT -g more\n-A more -j DROP", "drop"],
    ["-A INPUT -j more\n-A more -p tcp -m tcp --dport 22 -j DROP", "accept"],
    ["-A INPUT -j NFQUEUE --queue-num 1", "unknown"],
  ] as const;

  for (const [rules, expected] of targets) assert.equal(verdictOf(filter("ACCEPT", rules)), expected, rules);
});

test("a port that is sent on to a container is not told of", () => {
  const nat = [
    "*nat",
    ":PREROUTING ACCEPT [0:0]",
    ":DOCKER - [0:0]",
    "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
    "-A DOCKER -i docker0 -j RETURN",
    "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 2380 -j DNAT --to-destination 172.17.0.2:2380",
    "COMMIT",
  ].join("\n");

  assert.equal(verdictOf(`${nat}\n${filter("DROP")}`), "unknown");
  assert.equal(verdictOf(`${nat}\n${filter("DROP")}`, { ...packet, port: 6443 }), "drop");
});
