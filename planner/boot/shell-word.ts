// Words of a POSIX shell's command line.

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The word as the shell reads it back, whatever is in it but NUL. */
export function shellWord(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}
