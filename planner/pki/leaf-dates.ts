// When the certificates of a split end and are renewed.
// Pure: it must not read, make or write anything.
import { dueAt } from "./judge-leaf.ts";
import type { JudgedLeaf, Life } from "./leaf.ts";
import type { PkiCertificate, PkiDates } from "./types.ts";

/** One leaf as it was found, the pair that is given out, and how long that lasts. */
export type GivenLeaf = { readonly leaf: JudgedLeaf; readonly pair: PkiCertificate; readonly life: Life };

export function leafDates(leaves: readonly GivenLeaf[]): PkiDates | undefined {
  if (leaves.length === 0) return undefined;
  let [end, renewal] = [Infinity, Infinity];
  for (const { leaf, life } of leaves) {
    end = Math.min(end, (leaf.certificate?.life ?? life).notAfter);
    renewal = Math.min(renewal, dueAt(leaf.request, life));
  }
  return { end, renewal };
}
