// Rulesets of nftables for tests, as nft prints them in JSON.

type Statement = Readonly<Record<string, unknown>>;

export const verdict = (name: "accept" | "drop" | "return"): Statement => ({ [name]: null });
export const jump = (target: string): Statement => ({ jump: { target } });
export const dport = (right: unknown, op = "=="): Statement => ({
  match: { op, left: { payload: { protocol: "tcp", field: "dport" } }, right },
});
export const meta = (key: string, right: unknown): Statement => ({
  match: { op: "==", left: { meta: { key } }, right },
});
export const saddr = (right: unknown): Statement => ({
  match: { op: "==", left: { payload: { protocol: "ip", field: "saddr" } }, right },
});
export const ctState = (...states: readonly string[]): Statement => ({
  match: { op: "in", left: { ct: { key: "state" } }, right: states },
});

export type Rules = readonly (readonly Statement[])[];

/** The table `inet filter` with its chain `input`, and what else is given: chains without a hook by name, whole objects. */
export function ruleset(
  input: Rules,
  more: {
    readonly policy?: "accept" | "drop";
    readonly chains?: Readonly<Record<string, Rules>>;
    readonly objects?: readonly object[];
  } = {},
): string {
  const place = { family: "inet", table: "filter" };
  const base = { ...place, name: "input", type: "filter", hook: "input", prio: 0, policy: more.policy ?? "accept" };
  const chains = Object.entries(more.chains ?? {});
  const rulesOf = (chain: string, rules: Rules): readonly object[] =>
    rules.map((expr) => ({ rule: { ...place, chain, expr } }));
  return JSON.stringify({
    nftables: [
      { metainfo: { version: "1.1.3", json_schema_version: 1 } },
      { table: { family: "inet", name: "filter" } },
      ...(more.objects ?? []),
      ...chains.map(([name]) => ({ chain: { ...place, name } })),
      { chain: base },
      ...chains.flatMap(([name, rules]) => rulesOf(name, rules)),
      ...rulesOf("input", input),
    ],
  });
}
