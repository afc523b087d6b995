// One byte sequence for equal data, and hashes of it. What it makes of released host configs is frozen by golden tests.
import { createHash, createHmac } from "node:crypto";

/**
 * JSON with sorted keys and without unset fields: `undefined`, empty lists and empty objects are left out, so that
 * a field added later with its zero value changes no hash.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(compact(value)) ?? "null";
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => compact(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, compact(item)] as const)
    .filter(([, item]) => !isUnset(item))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function isUnset(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
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
