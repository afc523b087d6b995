// The CA of etcd's members and their clients.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { CaRequest } from "#planner/pki/types.ts";

/** Its id among the requests of a host. */
export const etcdCa = "etcd";

/** The CA of the members and their clients. */
export function etcdAuthority({ name, pki }: ClusterConfig): CaRequest {
  return { id: etcdCa, commonName: `${name}-etcd-ca`, validity: pki.caValidity };
}
