// What a member says of itself at its own client port.
import { clusterIdIn, lacksField } from "#agent/etcd/answer-fields.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { at, listAt } from "#shared/json-fields.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import type { MemberState } from "./backup-host.ts";

const deadlineMs = 10_000;

/** Throws ETCD_UNREACHABLE, and ETCD_REFUSED for an answer that lacks what is needed. */
export async function askMember(
  { clientUrl, tls }: Pick<EtcdBackupRule, "clientUrl" | "tls">,
  signal: AbortSignal,
): Promise<MemberState> {
  const gateway = createEtcdGateway({ endpoints: [clientUrl], tls });
  return memberStateIn(await gateway.call("maintenance/status", {}, { signal, deadlineMs }));
}

/** Throws ETCD_REFUSED for an answer that lacks what is needed. */
export function memberStateIn(answer: unknown): MemberState {
  const clusterId = clusterIdIn(answer);
  const version = at(answer, "version");
  const [revision, dbBytes] = [Number(at(answer, "header", "revision") ?? 0), Number(at(answer, "dbSize") ?? 0)];
  if (
    clusterId === undefined ||
    typeof version !== "string" ||
    !Number.isSafeInteger(revision) ||
    !Number.isSafeInteger(dbBytes)
  )
    throw lacksField("maintenance/status", answer);
  return {
    clusterId,
    revision,
    dbBytes,
    version,
    isLearner: at(answer, "isLearner") === true,
    errors: listAt(answer, "errors").map(String),
  };
}
