// Keys that stand twice in one map: reported with path and place, and the later one dropped, so that what follows
// speaks of the first.
import type { Node } from "yaml";
import { isMap, isScalar, isSeq } from "yaml";
import type { Path } from "./path.ts";

export type DuplicateKey = { readonly path: Path; readonly offset: number; readonly firstOffset: number };

/** Removes later duplicates from the parsed tree (which the caller owns) and returns them in document order. */
export function dropDuplicateKeys(root: Node | null): readonly DuplicateKey[] {
  const found: DuplicateKey[] = [];
  walk(root, [], found);
  return found;
}

function walk(node: unknown, path: Path, found: DuplicateKey[]): void {
  if (isSeq(node)) for (const [index, item] of node.items.entries()) walk(item, [...path, index], found);
  if (!isMap(node)) return;
  const first = new Map<string, number>();
  node.items = node.items.filter(({ key, value }) => {
    if (!isScalar(key)) return true;
    const name = String(key.value);
    const offset = key.range?.[0] ?? 0;
    const firstOffset = first.get(name);
    if (firstOffset === undefined) {
      first.set(name, offset);
      walk(value, [...path, name], found);
      return true;
    }
    found.push({ path: [...path, name], offset, firstOffset });
    return false;
  });
}
