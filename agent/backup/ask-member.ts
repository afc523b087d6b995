// What a member says of itself at its own client port.
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import { FlexkubeError } from "#shared/errors.ts";
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

/** Numbers are texts there, and what is zero or false is left out. */
export function memberStateIn(answer: unknown): MemberState {
  const fields = fieldsOf(answer);
  const header = fieldsOf(fields.get("header"));
  const clusterId = header.get("cluster_id");
  const version = fields.get("version");
  const [revision, dbBytes] = [Number(header.get("revision") ?? 0), Number(fields.get("dbSize") ?? 0)];
  const errors = fields.get("errors");
  if (
    typeof clusterId !== "string" ||
    !/^[0-9]{1,20}$/.test(clusterId) ||
    typeof version !== "string" ||
    !Number.isSafeInteger(revision) ||
    !Number.isSafeInteger(dbBytes)
  )
    throw new FlexkubeError("ETCD_REFUSED", "etcd's answer lacks a field", {
      call: "maintenance/status",
      status: 200,
      reason: JSON.stringify(answer).slice(0, 500),
    });
  return {
    clusterId: BigInt(clusterId).toString(16),
    revision,
    dbBytes,
    version,
    isLearner: fields.get("isLearner") === true,
    errors: Array.isArray(errors) ? errors.map(String) : [],
  };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
