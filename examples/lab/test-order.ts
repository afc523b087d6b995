// In which order test files are begun: the longest first, so that none of them is left alone at the end.

/** Those with a long table first, then those with more text. */
export function inGoodOrder(files: readonly string[], sizeOf: (file: string) => number): readonly string[] {
  return files.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)) || sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1));
}

function isLong(file: string): boolean {
  return file.includes(".sampled.");
}
