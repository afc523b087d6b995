// The lines that differ between two texts, with a little of what surrounds them.

const context = 2;
/** Above this many comparisons the middle is shown as replaced whole. */
const maxComparisons = 4_000_000;

type Line = { readonly mark: " " | "-" | "+"; readonly text: string };

/** Lines with the marks `-`, `+` and blank; `…` stands for lines left out. Empty when the texts are equal. */
export function lineDifference(before: string, after: string): readonly string[] {
  const lines = compare(linesOf(before), linesOf(after));
  const shown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ mark }) => mark !== " "),
  );
  const output: string[] = [];
  for (const [index, { mark, text }] of lines.entries()) {
    if (shown[index] === true) output.push(`${mark} ${text}`);
    else if (shown[index - 1] === true && shown.includes(true, index)) output.push("…");
  }
  return output;
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const middle = compareMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end));
  return [...before.slice(0, start).map(same), ...middle, ...before.slice(before.length - end).map(same)];
}

function compareMiddle(before: readonly string[], after: readonly string[]): readonly Line[] {
  if (before.length * after.length > maxComparisons) return [...before.map(removed), ...after.map(added)];
  const common = commonLengths(before, after);
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      lines.push(same(old));
      i++;
      j++;
    } else if (old !== undefined && (fresh === undefined || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      lines.push(removed(old));
      i++;
    } else if (fresh !== undefined) {
      lines.push(added(fresh));
      j++;
    }
  }
  return lines;
}

/** [i][j]: length of the longest common subsequence of before from i and after from j. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i] ?? [];
      row[j] =
        before[i] === after[j] ? (table[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  return table;
}

function same(text: string): Line {
  return { mark: " ", text };
}
function removed(text: string): Line {
  return { mark: "-", text };
}
function added(text: string): Line {
  return { mark: "+", text };
}
