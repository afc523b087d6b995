// What proves that a report is a host's own and as its agent wrote it: an HMAC by a key that only that host and the planner can make. Pure.
import { timingSafeEqual } from "node:crypto";
import { canonical, contentDigest } from "#shared/canonical.ts";

/**
 * The key of reports under a host config, of its whole text: it has the host's private keys, so another host, which has the cluster's
 * `hash-key` too, cannot make it. A secret; it leads back to none.
 */
export function reportKey(text: string, hashKey: string): string {
  return contentDigest(["key of reports\n", text], hashKey);
}

/** What a report calls that host config: equal texts alone have the same, and it tells nothing of them. */
export function configTextId(text: string, hashKey: string): string {
  return contentDigest(["name of a host config\n", text], hashKey);
}

/** 64 hex digits over all that the report says but `proof`, in whatever order and spacing it is written. */
export function proofOf(report: object, key: string): string {
  const { proof: _, ...said } = { proof: undefined, ...report };
  return contentDigest(canonical(said), key);
}

/** Whether `proof` is the one of this report by this key. */
export function isProof(proof: string, report: object, key: string): boolean {
  const [given, wanted] = [Buffer.from(proof), Buffer.from(proofOf(report, key))];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
