// What systemd runs for a unit of ours: its ExecStartPre and ExecStart lines in words, by systemd's rules of quoting. For tests.

/** In their order, each in words. Throws for a line that is not quoted as ours are. */
export function unitCommands(unit: string): readonly (readonly string[])[] {
  return unit
    .split("\n")
    .flatMap((line) => /^ExecStart(?:Pre)?=(.*)$/.exec(line)?.slice(1) ?? [])
    .map(wordsOf);
}

/** Words between blanks, some of them in double quotes with C's escapes; then %% is % and $$ is $, and either alone is an error. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let rest = line;
  while (rest !== "") {
    const [all, quoted, bare] = /^(?:"((?:[^"\\]|\\.)*)"|([^\s"'\\]+))(?:\s+|$)/.exec(rest) ?? [];
    if (all === undefined) throw new Error(`systemd would not take: ${rest}`);
    words.push(expanded(quoted === undefined ? (bare ?? "") : unescaped(quoted)));
    rest = rest.slice(all.length);
  }
  return words;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", '"': '"' };

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => {
    const meant = escapes[character];
    if (meant === undefined) throw new Error(`an escape that is not ours: \\${character}`);
    return meant;
  });
}

function expanded(word: string): string {
  return word.replaceAll(/([%$])(.?)/g, (_, sign: string, next: string) => {
    if (next !== sign) throw new Error(`systemd would expand ${sign}${next}`);
    return sign;
  });
}
