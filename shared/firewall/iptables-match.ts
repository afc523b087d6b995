// Whether the options of a rule of iptables hold for a packet.
import { isNetwork } from "./nft-match.ts";
import { allOf, anyOf, comesInBy, not } from "./packet.ts";
import type { Certainty, Packet } from "./packet.ts";

/** Those that match nothing by themselves, only by their options. */
const plainModules = new Set([
  "tcp",
  "udp",
  "comment",
  "multiport",
  "conntrack",
  "state",
  "addrtype",
  "mark",
  "pkttype",
  "limit",
]);

/** All of them, `!` negating the one behind it. One that is not known may hold or not. */
export function judgeOptions(words: readonly string[], packet: Packet): Certainty {
  const found: Certainty[] = [];
  for (let index = 0; index < words.length; index++) {
    const negated = words[index] === "!";
    if (negated) index += 1;
    const option = words[index] ?? "";
    const judge = Object.hasOwn(options, option) ? options[option] : undefined;
    // how many values an unknown one has is unknown too
    if (judge === undefined) return allOf([...found, undefined]);
    const holds = judge(words[index + 1] ?? "", packet);
    found.push(negated ? not(holds) : holds);
    index += option === "--tcp-flags" ? 2 : 1;
  }
  return allOf(found);
}

type Judge = (value: string, packet: Packet) => Certainty;

const ports: Judge = (list, { port }) =>
  anyOf(
    list.split(",").map((item) => {
      const [, first, last = first] = /^(\d+)(?::(\d+))?$/.exec(item) ?? [];
      return first === undefined ? undefined : Number(first) <= port && port <= Number(last);
    }),
  );
/** Of what only the packet itself would tell. */
const untold: Judge = () => undefined;
const state: Judge = (list) => list.split(",").includes("NEW");

const options: Readonly<Record<string, Judge>> = {
  "-s": untold,
  "-o": untold,
  "--sport": untold,
  "--sports": untold,
  "--tcp-flags": untold,
  "--src-type": untold,
  "--pkt-type": untold,
  "--mark": untold,
  "--limit": untold,
  "--limit-burst": () => true,
  "-m": (name) => (plainModules.has(name) ? true : undefined),
  "-p": (name, { protocol }) => {
    if (/^\d+$/.test(name)) return name === "0" || name === (protocol === "tcp" ? "6" : "17");
    return name === protocol || name === "all";
  },
  "-i": (name, packet) => comesInBy(packet, name, "+"),
  "-d": (network, { address }) => {
    const [, base = "", length] = /^([0-9a-f.:]+)(?:\/(\d+))?$/.exec(network) ?? [];
    return base === "" ? undefined : isNetwork(address, base, length === undefined ? undefined : Number(length));
  },
  "--dport": ports,
  "--dports": ports,
  "--ctstate": state,
  "--state": state,
  "--ctdir": (direction) => direction === "ORIGINAL",
  "--comment": () => true,
  "--dst-type": (list) => list.split(",").includes("LOCAL"),
};
