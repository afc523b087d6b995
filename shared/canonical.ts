// One byte sequence for equal data, and hashes of it. What it makes of released host configs is frozen by golden tests.
import { createHash, createHmac } from "node:crypto";

/**
 * JSON with sorted keys and without unset fields: `undefined`, empty lists and empty objects are left out, so that
 * a field added later with its zero value changes no hash.
 */
export function canonical(value: unknown): string {
  return textOf(value) ?? "null";
}

/** Written at once: building a sorted copy first costs seconds where a thousand hosts have a thousand routes each. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item) ?? "null").join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields: string[] = [];
  for (const key of sortedKeys(value)) {
    // an own key of the object
    const text = textOf((value as Readonly<Record<string, unknown>>)[key]);
    if (text !== undefined && text !== "[]" && text !== "{}") fields.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${fields.join(",")}}`;
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
 * Digest of file content, 64 hex digits. With a key it is an HMAC, so that a short secret cannot be guessed from a
 * directory's name or the ledger; the key is the host config's secret `hash-key`.
 */
export function contentDigest(content: string | Uint8Array, key?: string): string {
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  return hash.update(content).digest("hex");
}
