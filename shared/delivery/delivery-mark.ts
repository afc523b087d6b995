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
/** Either is enough, so that no single fault in the mark makes it a line like any other. */
const traces = ["a changed copy is refused", " bytes, sha256 "];
const older =
  /^# Host [a-z0-9-]+ of cluster [a-z0-9-]+, generation [0-9]+\. Made by flexkube-planner split; changes here are lost\.$/;
/** Where the mark is looked for, should something stand before it. */
const headLength = 1024;
const digestDigits = 64;

/** The document below its mark. Any change of it, and any cut, is seen by `deliveryOf`. */
export function withMark(document: string, { cluster, host, generation }: Marked): string {
  const before = `# Host ${host} of cluster ${cluster}, generation ${generation}. ${words}`;
  const between = " bytes, sha256 ";
  const rest = Buffer.byteLength(before) + between.length + digestDigits + 1 + Buffer.byteLength(document);
  const bytes = wholeLength(rest);
  return `${before}${bytes}${between}${digestOf(`${before}${bytes}${between}`, document)}\n${document}`;
}

/** The length with its own digits. */
function wholeLength(rest: number): number {
  let bytes = rest;
  while (rest + String(bytes).length !== bytes) bytes = rest + String(bytes).length;
  return bytes;
}

/** Over all of the file but the digest itself. */
function digestOf(mark: string, document: string): string {
  return contentDigest(`${mark}\n${document}`);
}

/** Says whose a text is, and whether it is whole. A text that a file was cut down to is `broken` or no document at all. */
export function deliveryOf(text: string): Delivery {
  const found = strict.exec(text);
  const head = text.slice(0, headLength);
  if (found === null) {
    if (traces.some((trace) => head.split("\n", 2).some((line) => line.includes(trace)))) return broken(head);
    return { by: older.test(head.split("\n", 1)[0] ?? "") ? "older-planner" : "hand" };
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
  if (seen === wanted && digestOf(line.slice(0, -digestDigits - 1), text.slice(line.length)) === digest)
    return { by: "planner", digest };
  const more =
    seen > wanted ? `: ${grouped(seen - wanted)} bytes more than the ${grouped(wanted)} that were written` : "";
  return { by: "broken", problem: `the file was changed after it was made${more}`, hint: changedHint };
}

const changedHint =
  "copy it again, and change the cluster config instead; without its first line it counts as written by hand";

function broken(head: string): Delivery {
  const [first = ""] = head.split("\n", 1);
  const problem = first.endsWith("\r")
    ? "the file was changed after it was made: its line ends are those of Windows"
    : first.startsWith("# Host ")
      ? "the file was changed after it was made: its first line is damaged"
      : "the file was changed after it was made: something stands before its first line, such as a byte order mark";
  return { by: "broken", problem, hint: changedHint };
}

function grouped(bytes: number): string {
  return String(bytes).replaceAll(/\B(?=(?:[0-9]{3})+$)/g, ",");
}
