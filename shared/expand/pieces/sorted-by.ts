// Lists that are sets, in one order, so that writing them in another order changes no hash.

/** A sorted copy; `key` must tell any two different items apart. */
export function sortedBy<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return items.toSorted((a, b) => compareText(key(a), key(b)));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
