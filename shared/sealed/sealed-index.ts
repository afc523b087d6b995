// What was sealed last for each host, beside the keys: so that what has not changed is not sealed anew. Losing it costs that alone.
import * as z from "zod";
import { SealedHeader } from "./envelope.ts";

/** Name of its file beside the keys. */
export const indexFileName = "sealed.json";

/** Of a host's sealed file. */
export function sealedFileName(host: string): string {
  return `${host}.age`;
}

const SealedEntry = z.object({
  /** Digest of the text, of whom it is sealed to and of who signed. */
  of: z.string(),
  /** SHA-256 of the sealed file. */
  file: z.string(),
  generation: z.int().min(1),
  /** `contentKey` of the host config. */
  content: z.string(),
  previous: SealedHeader.shape.previous,
});
export type SealedEntry = Readonly<z.infer<typeof SealedEntry>>;

export type SealedIndex = ReadonlyMap<string, SealedEntry>;

const Document = z.object({ version: z.literal(1), hosts: z.record(z.string(), SealedEntry) });

/** One that is damaged knows nothing. */
export function parseIndex(text: string | undefined): SealedIndex {
  try {
    return new Map(Object.entries(Document.parse(JSON.parse(text ?? "null")).hosts));
  } catch {
    // everything is sealed anew then
    return new Map();
  }
}

/** Sorted by host. */
export function renderIndex(index: SealedIndex): string {
  const hosts = Object.fromEntries([...index].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, hosts }, undefined, 1)}\n`;
}
