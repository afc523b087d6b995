// The first line of a host config that the planner wrote: whose it is, how long it is, and a digest of all the rest.
import { contentDigest } from "#shared/canonical.ts";

export type Marked = {
  readonly cluster: string;
  readonly host: string;
  readonly generation: number;
};

/**
 * Where a host config comes from. `planner`: it carries the mark, and is what was written; `older-planner`: made before there were
 * marks; `hand`: a person's, or one whose mark was removed; `broken`: the planner made it, and it is not what it wrote.
 */
export type Delivery =
  | { readonly by: "planner"; readonly digest: string }
  | { readonly by: "older-planner" }
  | { readonly by: "hand" }
  | { readonly by: "broken"; readonly problem: string; readonly hint: string };

const words = "Made by flexkube-planner split; a changed copy is refused: ";
const strict =
  /^# Host [a-z0-9-]+ of cluster [a-z0-9-]+, generation [0-9]+\. Made by flexkube-planner split; a changed copy is refused: ([0-9]+) bytes, sha256 ([0-9a-f]{64})\n/;
/** Each is enough, so that no single fault in the mark makes it a line like any other. */
const trace =
  /a changed copy is refused| bytes, sha256 |made by flexkube-planner split|host [a-z0-9-]+ of cluster [a-z0-9-]+, generation [0-9]/i;
const older =
  /^# Host [a-z0-9-]+ of cluster [a-z0-9-]+, generation [0-9]+\. Made by flexkube-planner split; changes here are lost\.$/;
const digestDigits = 64;

/** The document below its mark. Any change of it, and any cut, is seen by `deliveryOf`. */
export function withMark(document: string, marked: Marked): string {
  return markedPieces([document], marked).join("");
}

/** The same for a document in pieces; the first one is the mark. */
export function markedPieces(
  document: readonly string[],
  { cluster, host, generation }: Marked,
): readonly [string, ...(readonly string[])] {
  const before = `# Host ${host} of cluster ${cluster}, generation ${generation}. ${words}`;
  const between = " bytes, sha256 ";
  const rest = Buffer.byteLength(before) + between.length + digestDigits + 1 + bytesOf(document);
  const bytes = wholeLength(rest);
  const mark = `${before}${bytes}${between}`;
  return [`${mark}${digestOf(mark, document)}\n`, ...document];
}

function bytesOf(pieces: readonly string[]): number {
  let bytes = 0;
  for (const piece of pieces) bytes += Buffer.byteLength(piece);
  return bytes;
}

/** The length with its own digits. */
function wholeLength(rest: number): number {
  let bytes = rest;
  while (rest + String(bytes).length !== bytes) bytes = rest + String(bytes).length;
  return bytes;
}

/** Over all of the file but the digest itself. */
function digestOf(mark: string, document: readonly string[]): string {
  return contentDigest([`${mark}\n`, ...document]);
}

/** Says whose a text is, and whether it is whole. A text that a file was cut down to is `broken` or no document at all. */
export function deliveryOf(text: string): Delivery {
  const found = strict.exec(text);
  if (found === null) {
    const [first = ""] = text.split("\n", 1);
    const at = strayMark(text);
    if (at !== undefined) return broken(first, at);
    return { by: older.test(first) ? "older-planner" : "hand" };
  }
  const [line, length = "", digest = ""] = found;
  const wanted = Number(length);
  const seen = Buffer.byteLength(text);
  if (seen < wanted)
    return {
      by: "broken",
      problem: `the file ends after ${grouped(seen)} of ${grouped(wanted)} bytes`,
      hint: "copy it again",
    };
  if (seen === wanted && digestOf(line.slice(0, -digestDigits - 1), [text.slice(line.length)]) === digest)
    return { by: "planner", digest };
  const more =
    seen > wanted ? `: ${grouped(seen - wanted)} more than the ${grouped(wanted)} bytes that were written` : "";
  return { by: "broken", problem: `the file was changed after it was made${more}`, hint: changedHint };
}

const changedHint =
  "copy it again, and change the cluster config instead; without its first line it counts as written by hand";

/**
 * The number of the line with the mark, or with what is left of it. It may stand below other comments, moved to where a person likes it,
 * or within what the whole file was wrapped into; a line at the margin that begins with # is never a part of a value.
 */
function strayMark(text: string): number | undefined {
  if (!trace.test(text)) return undefined;
  const lines = text.split("\n");
  const content = lines.findIndex((line) => !/^\s*(?:#|---|%|$)/.test(line.replace("\uFEFF", "")));
  // one more than the comments: what was put before the mark may have made its line another
  const head = content < 0 ? lines.length : Math.max(content + 1, 2);
  const at = lines.findIndex(
    (line, index) => (index < head || line.startsWith("#")) && trace.test(line) && !older.test(line),
  );
  return at < 0 ? undefined : at + 1;
}

/** What is left when no mark says where a text comes from: the way to the document of a file that is broken. */
export function withoutMark(text: string): string {
  const at = strict.test(text) ? 1 : strayMark(text);
  return text
    .split("\n")
    .filter((_, index) => index + 1 !== at)
    .join("\n");
}

function broken(first: string, at: number): Delivery {
  return {
    by: "broken",
    problem: `the file was changed after it was made: ${whatHappened(first, at)}`,
    hint: changedHint,
  };
}

function whatHappened(first: string, at: number): string {
  if (first.endsWith("\r")) return "its line ends are those of Windows";
  if (at > 1) return `its first line now stands at line ${at}`;
  if (/^ +#/.test(first)) return "it was indented";
  if (first.startsWith("# Host ")) return "its first line is damaged";
  return "something stands before its first line, such as a byte order mark";
}

function grouped(bytes: number): string {
  return String(bytes).replaceAll(/\B(?=(?:[0-9]{3})+$)/g, ",");
}
