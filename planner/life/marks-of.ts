// Marks of all that a split gives out, by id, for the state.
import type { PkiCa } from "#planner/pki/types.ts";
import type { PreparedKeys } from "#planner/pki/prepare-keys.ts";
import { authorityMarks, encryptionMarks, pairMarks } from "./marks.ts";

export type GivenOut = Pick<PreparedKeys, "pairs" | "encryption"> & { readonly cas: ReadonlyMap<string, PkiCa> };

/** What the next split compares its keys and CAs with. */
export function marksOf({ cas, encryption, pairs }: GivenOut, hashKey: string): Readonly<Record<string, string[]>> {
  const marks = new Map<string, string[]>();
  for (const [id, { certificate }] of cas) marks.set(id, [...authorityMarks(certificate)]);
  for (const [id, { publicKey }] of pairs) marks.set(id, [...pairMarks(publicKey)]);
  for (const [id, keys] of encryption) marks.set(id, [...encryptionMarks(keys.reveal(), hashKey)]);
  return Object.fromEntries(marks);
}
