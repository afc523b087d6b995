// What an operator may say about a split beside its cluster config.
import type { Fleet } from "#planner/fleet/fleet.ts";

export type SplitOptions = {
  /** The cluster config as the user named it. */
  readonly file: string;
  readonly out?: string | undefined;
  readonly pki?: string | undefined;
  readonly bootstrapped: boolean;
  /** The network of pods and Services may become another one. */
  readonly forceNetwork: boolean;
  /** Kubernetes may go more than one minor version up, or down. */
  readonly forceVersion: boolean;
  readonly forceEtcd: boolean;
  /** Members of etcd that begin anew, their data being lost. */
  readonly replaceMembers?: readonly string[] | undefined;
  /** A new cluster is begun, whatever is known of one before. */
  readonly newCluster: boolean;
  /** From now on host configs are signed and sealed besides. */
  readonly seal: boolean;
  /** Every changed host is told of. */
  /** What hosts are proven to have; undefined where nobody was asked. */
  readonly fleet?: Fleet | undefined;
  readonly all: boolean;
  /** Every step of every agent is told. */
  readonly verbose: boolean;
  readonly json: boolean;
};
