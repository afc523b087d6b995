// What makes a parsed YAML document impossible to read as data, and at which node: levels without end, and aliases.
import { isAlias, isMap, isNode, isPair, isSeq } from "yaml";
import type { Document, Node } from "yaml";

/** `node` is where a person has to look. */
export type NodeFault = { readonly node: Node; readonly problem: string; readonly hint: string };

/** How often one anchor may be used. */
export const mostAliases = 100;
const mostLevels = 200;

export const tooDeep = "the document is nested too deeply";
const lessDeep = `${mostLevels} levels are the most`;

/** The first node that is too deep or an alias that leads nowhere, in the order of the text. */
export function nodeFault({ contents }: Document): NodeFault | undefined {
  const anchors = new Set<string>();
  for (const { node, level } of nodesOf(contents)) {
    if (level > mostLevels) return { node, problem: tooDeep, hint: lessDeep };
    if (isAlias(node)) {
      if (!anchors.has(node.source))
        return {
          node,
          // its name may be a password that begins with *
          problem: "an alias that leads nowhere",
          hint: "put it in quotes if it is text; else write the value out, or set the anchor & of this name before it",
        };
    } else if (node.anchor !== undefined) anchors.add(node.anchor);
  }
  return undefined;
}

/** The alias that is one too many, of a document whose aliases are: where there is no such one, they multiply up to the last. */
export function excessiveAlias({ contents }: Document): NodeFault | undefined {
  const uses = new Map<string, number>();
  let found: Node | undefined;
  for (const { node } of nodesOf(contents)) {
    if (!isAlias(node)) continue;
    const count = (uses.get(node.source) ?? 0) + 1;
    uses.set(node.source, count);
    found = node;
    if (count > mostAliases) break;
  }
  if (found === undefined) return undefined;
  const problem = `too many aliases: what one stands for may be there ${mostAliases} times`;
  return { node: found, problem, hint: "write the values out" };
}

/** All nodes in the order of the text; without recursion, for a document may be as deep as it likes. */
function* nodesOf(contents: unknown): Generator<{ readonly node: Exclude<Node, undefined>; readonly level: number }> {
  const waiting: { readonly node: unknown; readonly level: number }[] = [{ node: contents, level: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { level, node } = next;
    if (isPair(node)) waiting.push({ node: node.value, level }, { node: node.key, level });
    if (!isNode(node)) continue;
    yield { node, level };
    if (isMap(node) || isSeq(node))
      for (const item of node.items.toReversed()) waiting.push({ node: item, level: level + 1 });
  }
}
