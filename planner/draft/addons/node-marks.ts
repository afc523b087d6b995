// What each node shall have, in the form that the policy of the agents reads: ConfigMap data, since CEL reads no JSON.
import type { NodeMarks } from "#planner/cluster/kubernetes/node-pool.ts";

export type WantedMarks = {
  /** Token lists by name and, for each node, the name of its list: most nodes of a pool share one. */
  readonly data: Readonly<Record<string, string>>;
};

/** Keys of ConfigMap data hold no slash, so prefixes keep nodes and lists apart. */
const prefixes = { node: "node.", list: "list." } as const;

/** One entry for each node, and one for each different list. */
export function wantedMarks(nodes: ReadonlyMap<string, NodeMarks>): WantedMarks {
  const names = new Map<string, string>();
  const data: [string, string][] = [];
  for (const [node, marks] of nodes) {
    const list = tokensOf(marks).join("\n");
    const name = names.get(list) ?? String(names.size + 1);
    if (!names.has(list)) data.push([`${prefixes.list}${name}`, list]);
    names.set(list, name);
    data.push([`${prefixes.node}${node}`, name]);
  }
  return { data: Object.fromEntries(data.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

/** CEL for the list of the node that is being changed; empty for one that is none of ours. */
export const wantedExpression =
  `"${prefixes.node}" + object.metadata.name in params.data ? ` +
  `params.data["${prefixes.list}" + params.data["${prefixes.node}" + object.metadata.name]].split("\\n") : []`;

/** `label:KEY=VALUE` and so on, a line each: what could break a line is escaped, here as in `tokenExpressions`. */
function tokensOf({ labels, annotations, taints }: NodeMarks): readonly string[] {
  const of = (kind: string, map: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(map).map(([key, value]) => `${kind}:${key}=${escaped(value)}`);
  return [
    ...of("label", labels),
    ...of("annotation", annotations),
    ...taints.map(({ key, value = "", effect }) => `taint:${key}=${escaped(value)}:${effect}`),
  ].toSorted();
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

const celEscape = String.raw`.replace("\\", "\\\\").replace("\n", "\\n")`;

/** CEL for the same tokens. */
export const tokenExpressions = {
  /** `key` and `value` are CEL expressions. */
  entry: (kind: "label" | "annotation", key: string, value: string): string =>
    `"${kind}:" + ${key} + "=" + ${value}${celEscape}`,
  taint: (taint: string): string =>
    `"taint:" + ${taint}.key + "=" + (has(${taint}.value) ? ${taint}.value${celEscape} : "") + ":" + ${taint}.effect`,
} as const;
