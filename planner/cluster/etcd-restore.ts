// The restore of etcd that is in force, as host configs have it.
import { restoredToken } from "#shared/backup/restore-id.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { PlannerState, RestoreState } from "#shared/schema/planner-state.ts";
import type { EtcdRestore, EtcdRestoreIdentity } from "#shared/schema/words/etcd-restore.ts";

/** Undefined for a cluster that was never restored. */
export function restoreInForce(restores: PlannerState["restores"]): RestoreState | undefined {
  return restores?.at(-1);
}

/** The token that the members of this cluster begin with. */
export function tokenOf({ etcd, name }: Pick<ClusterConfig, "etcd" | "name">, restore?: RestoreState): string {
  if (restore === undefined) return etcd?.token ?? name;
  return restoredToken(name, restoreIdentity(restore));
}

export function restoreIdentity({ number, sha256, clusterId }: RestoreState): EtcdRestoreIdentity {
  return { number, sha256, clusterId };
}

/** The member's section. */
export function memberRestore(restore: RestoreState): EtcdRestore {
  const { open, lost } = restore;
  return { ...restoreIdentity(restore), open, lost };
}
