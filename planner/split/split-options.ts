// What an operator may say about a split beside its cluster config.

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
  readonly all: boolean;
  readonly json: boolean;
};
