// "Did you mean": the nearest of some known words.

/** Longer words are nobody's slip. */
const longestWord = 200;
/** How many words of one document are given a hint from the same known ones: there may be ten thousand of both. */
const mostHints = 20;

/** The candidate within about a third of the word's length in edits, or undefined. Ties go to the first in order. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > longestWord) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let limit = Math.floor(word.length / 3);
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(...withoutCommonEnds(lower, candidate.toLowerCase()), limit);
    if (distance > limit) continue;
    best = candidate;
    // only a nearer one is better
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}

/** What both begin with costs nothing, nor what both end with; names of hosts have most of it in common. */
function withoutCommonEnds(a: string, b: string): readonly [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. More than `limit` is not counted further. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    // a swap reaches back two rows
    if (Math.min(...row) > limit && Math.min(...last) > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** `did you mean image?`, else the known words when they are few, else undefined. */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  return candidates.length > 0 && candidates.length <= 16 ? `known here: ${candidates.join(", ")}` : undefined;
}

/** The same for the first words that are asked for; further ones get none. */
export function suggestionsFrom(candidates: readonly string[]): (word: string) => string | undefined {
  let left = mostHints;
  return (word) => (left-- > 0 ? suggestion(word, candidates) : undefined);
}
