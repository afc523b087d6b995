// One byte sequence for equal data, and hashes of it. What it makes of released host configs is frozen by golden tests.
import { createHash, createHmac } from "node:crypto";
import { joinedPieces, longText } from "./text-pieces.ts";

/**
 * JSON with sorted keys and without unset fields: `undefined`, empty lists and empty objects are left out, so that
 * a field added later with its zero value changes no hash.
 */
export function canonical(value: unknown): string {
  return canonicalPieces(value).join("");
}

/** The same in pieces, to be hashed one after the other: a long text, which ten thousand hosts may share, is never copied. */
export function canonicalPieces(value: unknown): readonly string[] {
  const pieces: string[] = [];
  if (!addText(value, pieces)) return ["null"];
  return joinedPieces(pieces, "");
}

/** Written at once: building a sorted copy first costs seconds where a thousand hosts have a thousand routes each. */
function addText(value: unknown, pieces: string[]): boolean {
  if (Array.isArray(value)) {
    addList(value, pieces);
    return true;
  }
  if (typeof value === "object" && value !== null) {
    addFields(value, pieces);
    return true;
  }
  const text = typeof value === "string" && value.length >= longText ? longJson(value) : JSON.stringify(value);
  // what JSON has no form for
  if (text === undefined) return false;
  pieces.push(text);
  return true;
}

function addList(list: readonly unknown[], pieces: string[]): void {
  if (list.length === 0) {
    pieces.push(emptyList);
    return;
  }
  for (const [index, item] of list.entries()) {
    pieces.push(index === 0 ? "[" : ",");
    if (!addText(item, pieces)) pieces.push("null");
  }
  pieces.push("]");
}

function addFields(value: object, pieces: string[]): void {
  const start = pieces.length;
  for (const key of sortedKeys(value)) {
    const before = pieces.length;
    pieces.push(`${before === start ? "{" : ","}${JSON.stringify(key)}:`);
    // an own key of the object
    const isThere = addText((value as Readonly<Record<string, unknown>>)[key], pieces);
    if (!isThere || isEmpty(pieces, before + 1)) pieces.length = before;
  }
  pieces.push(pieces.length === start ? emptyFields : "}");
}

const emptyList = "[]";
const emptyFields = "{}";

/** Whether all that stands from there on is an empty list or an object without fields. */
function isEmpty(pieces: readonly string[], from: number): boolean {
  return pieces.length === from + 1 && (pieces[from] === emptyList || pieces[from] === emptyFields);
}

/** A long text is the same on each host, such as the table of nodes: the last one is kept. */
let long = { value: "", json: "" };

function longJson(value: string): string {
  if (value !== long.value) long = { value, json: JSON.stringify(value) };
  return long.json;
}

/** Keys that are array indexes come first, by number, as in every object. */
function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  const first = keys.findIndex((key) => String(Number(key) >>> 0) !== key || key === "4294967295");
  if (first === 0) return keys.toSorted();
  return first === -1 ? keys : [...keys.slice(0, first), ...keys.slice(first).toSorted()];
}

/** SHA-256 of the canonical form, 64 hex digits. Only for data without secrets. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/**
 * Digest of file content, 64 hex digits; content in pieces has that of the whole. With a key it is an HMAC, so that a short
 * secret cannot be guessed from a directory's name or the ledger; the key is the host config's secret `hash-key`.
 */
export function contentDigest(content: string | Uint8Array | readonly string[], key?: string): string {
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  if (typeof content === "string" || content instanceof Uint8Array) return hash.update(content).digest("hex");
  for (const piece of content) hash.update(piece);
  return hash.digest("hex");
}
