// The same data with the keys of its objects in another order.

/** A copy whose object keys are ordered by `seed`; lists keep their order. */
export function reordered(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, seed));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => place(a, seed) - place(b, seed));
  return Object.fromEntries(entries.map(([key, item]) => [key, reordered(item, seed)]));
}

function place(key: string, seed: number): number {
  let hash = seed % 65_521;
  for (const character of key) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return hash;
}
