// When the certificates of a split end and are renewed.
// Pure: it must not read, make or write anything.
import { X509Certificate } from "node:crypto";
import { lifeOf } from "./certificate.ts";
import { dueAt } from "./judge-leaf.ts";
import type { Leaf } from "./leaf.ts";
import type { PkiCertificate, PkiDates } from "./types.ts";

/** One leaf as it was found, and the pair that is given out. */
export type GivenLeaf = { readonly leaf: Leaf; readonly pair: PkiCertificate };

export function leafDates(leaves: readonly GivenLeaf[]): PkiDates | undefined {
  if (leaves.length === 0) return undefined;
  let [end, renewal] = [Infinity, Infinity];
  for (const { leaf, pair } of leaves) {
    const found = leaf.certificate;
    const given = found?.pem === pair.certificate ? found.parsed : new X509Certificate(pair.certificate);
    end = Math.min(end, lifeOf(found?.parsed ?? given).notAfter);
    renewal = Math.min(renewal, dueAt(leaf.request, lifeOf(given)));
  }
  return { end, renewal };
}
