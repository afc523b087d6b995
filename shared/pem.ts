// PEM as the programs read it: a block begins and ends on lines of its own. What only looks like a block is told, for Go's reader
// passes over it without a word.

export type PemBlock = {
  /** What stands after BEGIN, such as `CERTIFICATE` or `EC PRIVATE KEY`. */
  readonly kind: string;
  readonly text: string;
  /** Its first or last line has something else on it: Go's programs do not see such a block. */
  readonly isMisplaced: boolean;
};

export type PemFault = { readonly problem: string; readonly hint: string };

export type Pem = {
  readonly blocks: readonly PemBlock[];
  /** The first thing that no program would read as it was meant. Never tells what a block contains. */
  readonly fault: PemFault | undefined;
};

const mark = "\uFEFF";
const anywhere = /-----(BEGIN|END) ([A-Z0-9 ]+)-----/g;
const binary = "openssl x509 -inform der -in FILE; for a key openssl pkey -inform der -in FILE";

/** The blocks in their order; text around them is left out, as every reader of PEM does. Takes time as the text is long. */
export function readPem(text: string): Pem {
  const blocks: PemBlock[] = [];
  let fault: PemFault | undefined;
  let open: { readonly kind: string; readonly from: number; readonly isMisplaced: boolean } | undefined;
  for (const match of text.matchAll(anywhere)) {
    const [line, word, kind = ""] = match;
    const end = match.index + line.length;
    const isAlone = isLineStart(text, match.index) && isLineEnd(text, end);
    if (!isAlone) fault ??= misplacedFault(text, match.index);
    if (word === "BEGIN") {
      if (open !== undefined) fault ??= unendedFault(text, open);
      open = { kind, from: match.index, isMisplaced: !isAlone };
    } else if (open?.kind === kind) {
      const isMisplaced = open.isMisplaced || !isAlone;
      blocks.push({ kind, text: text.slice(open.from, end), isMisplaced });
      open = undefined;
    }
  }
  if (open !== undefined) fault ??= unendedFault(text, open);
  if (blocks.length === 0) fault ??= noPemFault(text);
  return { blocks, fault };
}

export function pemBlocks(text: string): readonly PemBlock[] {
  return readPem(text).blocks;
}

function isLineStart(text: string, index: number): boolean {
  return index === 0 || text[index - 1] === "\n";
}

/** Spaces, tabs and carriage returns may follow. */
function isLineEnd(text: string, index: number): boolean {
  let at = index;
  while (text[at] === " " || text[at] === "\t" || (text[at] === "\r" && text[at + 1] === "\n")) at += 1;
  return at >= text.length || text[at] === "\n" || (text[at] === "\r" && at + 1 === text.length);
}

function misplacedFault(text: string, index: number): PemFault {
  if (index === 1 && text.startsWith(mark))
    return { problem: "begins with a byte order mark", hint: "Save it as UTF-8 without one: no program reads it so." };
  if (!text.includes("\n") && text.includes("\r"))
    return { problem: "has lines that end with carriage returns alone", hint: "End them with newlines." };
  return {
    problem: `has a BEGIN or END that is not alone on its line, ${lineOf(text, index)}`,
    hint: "-----BEGIN …----- and -----END …----- stand at the start of lines of their own.",
  };
}

function unendedFault(text: string, { from }: { readonly from: number }): PemFault {
  return { problem: `has a PEM block that does not end, ${lineOf(text, from)}`, hint: "Copy it again, whole." };
}

function noPemFault(text: string): PemFault | undefined {
  return text.startsWith("0") && text.includes("\uFFFD")
    ? { problem: "is DER, not PEM", hint: `Make PEM of it: ${binary}` }
    : undefined;
}

function lineOf(text: string, index: number): string {
  return `line ${text.slice(0, index).split("\n").length}`;
}
