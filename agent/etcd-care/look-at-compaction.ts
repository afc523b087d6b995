// How far a member's history was compacted: etcd tells no number, but which revisions it still reads.
import { requiredText } from "#agent/etcd/answer-fields.ts";
import { anyKey, createCallAt } from "#agent/etcd/ask-members.ts";
import { at } from "#shared/json-fields.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";
import { oldestOf } from "./oldest-revision.ts";

type Place = Pick<EtcdCareRule, "clientUrl" | "tls">;

/** The revision of now, and the oldest that this member reads; `known`: what that was before, if it is known. Throws ETCD_*. */
export async function lookAtRevisions(
  { clientUrl, tls }: Place,
  known: number | undefined,
  signal: AbortSignal,
): Promise<{ readonly oldest: number; readonly newest: number }> {
  const call = createCallAt(tls, signal)(clientUrl);
  const now = await call("kv/range", { ...anyKey, serializable: true });
  const reads = async (revision: number): Promise<boolean> => {
    try {
      await call("kv/range", { ...anyKey, serializable: true, revision: `${revision}` });
      return true;
    } catch (error) {
      if (isCompactedBefore(error)) return false;
      throw error;
    }
  };
  const newest = Number(requiredText(at(now, "header"), "revision"));
  return { newest, oldest: await oldestOf({ newest, known, reads }) };
}

/** etcd's word for a revision that is gone, whatever was asked of it. */
export function isCompactedBefore(error: unknown): boolean {
  return isFlexkubeError(error, "ETCD_REFUSED") && /has been compacted/.test(error.details.reason);
}
