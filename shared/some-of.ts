// The first names of a list, for a line that a person reads.

/** `a, b and 3 more`: at most `shown` of them. One more than that is named too: its name is no longer than the words. */
export function someOf(names: readonly string[], shown: number): string {
  const rest = names.length - shown;
  return rest < 2 ? names.join(", ") : `${names.slice(0, shown).join(", ")} and ${rest} more`;
}
