// A sample of many cases, the same again for the same seed.
import { createHash } from "node:crypto";

/** `count` of the items, or all, in their order; `nameOf` must be another for each. */
export function sampleOf<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly Item[] {
  const drawn = items
    .map((item) => ({
      item,
      lot: createHash("sha256")
        .update(`${seed} ${nameOf(item)}`)
        .digest("hex"),
    }))
    .toSorted((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, count);
  const chosen = new Set(drawn.map(({ item }) => item));
  return items.filter((item) => chosen.has(item));
}
