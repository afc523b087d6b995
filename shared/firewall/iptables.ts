// What `iptables-save` or `ip6tables-save` prints, judged for a packet. Options as iptables(8) and iptables-extensions(8) name them.
import { anything } from "./chains.ts";
import type { Chain, Rule, Table, Verdict } from "./chains.ts";
import { judgeOptions } from "./iptables-match.ts";
import type { Packet } from "./packet.ts";

/** Where the kernel begins with a table's own chains. */
const hooks: Readonly<Record<string, string>> = { PREROUTING: "prerouting", INPUT: "input" };

/** Its tables; chains at other places are only called. */
export function iptablesTables(text: string, packet: Packet): readonly Table[] {
  const tables: { readonly name: string; readonly lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) tables.push({ name: line.slice(1).trim(), lines: [] });
    else tables.at(-1)?.lines.push(line);
  }
  return tables.map(({ name, lines }) => ({ name, of: "iptables", chains: chainsOf(lines, packet) }));
}

function chainsOf(lines: readonly string[], packet: Packet): ReadonlyMap<string, Chain> {
  const declared = lines.flatMap((line) => {
    const [, name = "", policy = ""] = /^:(\S+) (\S+)/.exec(line) ?? [];
    return name === "" ? [] : [{ name, policy }];
  });
  const known = new Set(declared.map(({ name }) => name));
  const rules = new Map(declared.map(({ name }) => [name, new Array<Rule>()]));
  for (const line of lines) {
    const [, chain = "", options = ""] = /^-A (\S+)(.*)$/.exec(line) ?? [];
    rules.get(chain)?.push(judgeRule(wordsOf(options), known, packet));
  }
  return new Map(
    declared.map(({ name, policy }) => {
      const hook = policy === "-" || !Object.hasOwn(hooks, name) ? undefined : hooks[name];
      const base = hook === undefined ? undefined : ({ hook, policy: policy === "DROP" ? "drop" : "accept" } as const);
      return [name, { rules: rules.get(name) ?? [], base }];
    }),
  );
}

/** Words, some in double quotes with a backslash before what would end them. */
function wordsOf(line: string): readonly string[] {
  return (line.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? []).map((word) =>
    word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, "$1") : word,
  );
}

function judgeRule(words: readonly string[], chains: ReadonlySet<string>, packet: Packet): Rule {
  const target = words.findIndex((word) => word === "-j" || word === "-g");
  const matches = judgeOptions(target === -1 ? words : words.slice(0, target), packet);
  if (matches === false || target === -1) return { matches, verdicts: [] };
  const name = words[target + 1] ?? "";
  if (words[target] === "-g") return { matches, verdicts: [{ goto: name }] };
  if (chains.has(name)) return { matches, verdicts: [{ jump: name }] };
  if (noting.has(name)) return { matches, verdicts: [] };
  const verdict = Object.hasOwn(verdicts, name) ? verdicts[name] : undefined;
  return verdict === undefined ? anything : { matches, verdicts: [verdict] };
}

const verdicts: Readonly<Record<string, Verdict>> = {
  ACCEPT: "accept",
  DROP: "drop",
  REJECT: "drop",
  RETURN: "return",
};
/** Targets after which the next rule follows, and that change nothing of where the packet goes. */
const noting = new Set([
  "LOG",
  "NFLOG",
  "ULOG",
  "AUDIT",
  "TRACE",
  "MARK",
  "CONNMARK",
  "CLASSIFY",
  "SECMARK",
  "CONNSECMARK",
]);
