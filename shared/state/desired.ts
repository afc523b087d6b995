// Desired state: what expand makes of a host config, and all that reconcile knows about the wish.
import type { ApiServerStorage } from "./api-server-storage-rule.ts";
import type { EtcdBackupRule } from "./etcd-backup-rule.ts";
import type { EtcdCareRule } from "./etcd-care-rule.ts";
import type { EtcdMembersRule } from "./etcd-members-rule.ts";
import type { HttpProbe, Probe, Resources, RestartPolicy } from "#shared/schema/words/words.ts";
import type { LogConfig, MountConfig, PortConfig, Ulimit } from "#shared/schema/words/container.ts";
import type { Secret } from "#shared/secret.ts";
import type { DesiredApi } from "./desired-api.ts";
import type { DesiredClusterObjects } from "./applied-objects.ts";
import type { HostFacts } from "./host-facts.ts";

/** What cannot change after a container was created; its hash is in the label `flexkube.spec`. */
export type ContainerSpec = {
  readonly image: string;
  readonly entrypoint?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
  readonly hostname?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly networkMode: string;
  readonly pidMode: string;
  readonly ipcMode: string;
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** Docker's security options, such as `no-new-privileges` or `label=disable`. */
  readonly securityOptions: readonly string[];
  readonly devices: readonly { readonly host: string; readonly container: string; readonly permissions: string }[];
  readonly mounts: readonly Omit<MountConfig, "create">[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly ports: readonly PortConfig[];
  readonly ulimits: readonly Ulimit[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly log: LogConfig;
  readonly stopSignal?: string | undefined;
  readonly stopTimeoutSeconds: number;
  /** "host" for containers on the host network (Docker's userns remapping is switched off for them). */
  readonly usernsMode?: string | undefined;
  /** Whose control groups it sees; unset is Docker's choice: the host's on cgroup v1, its own on v2. */
  readonly cgroupnsMode?: "host" | "private" | undefined;
};

/** A file as it shall be. `path` is absolute on the host. */
export type DesiredFile = {
  readonly path: string;
  readonly content: string | Secret<string>;
  /** `contentDigest` of the content. */
  readonly digest: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
};

/** A file that is replaced at its path while its container runs. */
export type LiveFile = DesiredFile & {
  readonly effect: "none" | "signal" | "restart";
  /** Signal name without SIG; set for effect `signal`. */
  readonly signal?: string | undefined;
  readonly takeOver: boolean;
  /** Part of the container's `live` directory, so ours whatever it holds. */
  readonly ownDirectory: boolean;
};

/** A probe with its CA resolved: `http.ca` is PEM text here, not the name of a secret. */
export type DesiredProbe = Omit<Probe, "http"> & {
  readonly http?: (Omit<HttpProbe, "ca"> & { readonly ca?: string | undefined }) | undefined;
};

export type Owner = { readonly uid: number; readonly gid: number };

export type DesiredDirectory = {
  readonly path: string;
  /** An empty file instead of a directory, for one that is mounted by itself. */
  readonly emptyFile?: true | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
};

/** A directory that is made when it is missing and then left as it is. */
export type DataDirectory = DesiredDirectory & {
  /** Not the component's own but the host's, such as /opt/cni/bin: never removed, whatever is said. */
  readonly shared?: true | undefined;
};

/** Files that a process reads only at start, in one directory named by their content. */
export type SealedDirectory = DesiredDirectory & {
  /** Directories below `path` that files need, parents first. */
  readonly subdirectories: readonly DesiredDirectory[];
  readonly files: readonly DesiredFile[];
};

/** The snapshot from which the cluster begins anew. */
export type EtcdRestoreRule = {
  /** `r1-0f3a5b7c9d11`. */
  readonly id: string;
  readonly number: number;
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
  /** etcd's id of the new cluster, and the one that its members of this host config make; another one when members have changed since. */
  readonly clusterId: string;
  readonly ownClusterId: string;
  /** A member without data may begin from it while no other answers. */
  readonly open: boolean;
  /** Members of the former cluster that must not answer, sorted by name. */
  readonly lost: readonly { readonly name: string; readonly peerUrl: string; readonly clientUrl: string }[];
  /** On the host: where the snapshot is looked for, in order. */
  readonly directories: readonly string[];
  /** Program in the member's image. */
  readonly etcdutl: string;
};

/** How etcd's first start is decided. */
export type EtcdStartRule = {
  readonly name: string;
  /** This member's peer URL. */
  readonly peerUrl: string;
  readonly dataDirectory: string;
  /** name=url pairs, comma-joined, sorted by name. */
  readonly initialCluster: string;
  readonly token: string;
  readonly bootstrap: boolean;
  /** Other members, sorted by name. */
  readonly peers: readonly { readonly name: string; readonly peerUrl: string; readonly clientUrl: string }[];
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: Secret<string> };
  readonly restore?: EtcdRestoreRule | undefined;
  /** Hosts bring etcd's list to the wish by themselves: nobody types what etcd must be told. */
  readonly changesItself?: true | undefined;
};

/** A container that runs to its end: it works when it ended with 0 and all that it makes is there. */
export type OnceRule = {
  /** Paths of the host; when one is missing it runs again. */
  readonly produces: readonly string[];
};

/** What must hold on the host before a kubelet starts; the agent looks only when it is about to start it. */
export type KubeletPreflight = {
  /** Host directory that must lie on a shared mount. */
  readonly sharedDirectory: string;
  /** Ports that nothing else may listen on, as `tcp/0.0.0.0:10250`. */
  readonly ports: readonly string[];
  /** True when swap may be on (`failSwapOn: false`). */
  readonly swapAllowed: boolean;
  /** True when a cgroup v1 host will do (`failCgroupV1: false`). */
  readonly cgroupV1Allowed: boolean;
  /** What runs its containers, and who the kubelet believes manages control groups: both must have the same. */
  readonly runtime: {
    readonly cri: "containerd" | "cri-dockerd";
    readonly socket: string;
    readonly cgroupDriver: "cgroupfs" | "systemd";
  };
  /** Kernel parameters by name, such as `net.ipv4.ip_forward`, and the value needed. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Files of the host that must be there and not empty, such as /etc/machine-id. */
  readonly files: readonly string[];
  /** File that pods' name servers come from; one of them must not be on the host's loopback. Unset: anything will do. */
  readonly resolvConf?: string | undefined;
  /** The agent may mend what a container can mend. */
  readonly mend: boolean;
};

export type NodeTaint = {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
  /** Set by the cluster itself on some. */
  readonly timeAdded?: string | undefined;
};

/** What is kept right at a Node object; what else is on it is not ours. */
export type DesiredNode = {
  readonly name: string;
  readonly api: DesiredApi;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Sorted by key, then effect. */
  readonly taints: readonly NodeTaint[];
};

/** Keys in the cluster's etcd, and how they are reached. */
export type EtcdKeys = {
  /** They begin with it; it ends with a slash. */
  readonly prefix: string;
  /** Client URLs of other hosts' members, or of the only one. */
  readonly endpoints: readonly string[];
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: Secret<string> };
};

/** Where the lock is kept that one host at a time holds while it stops what others stand in for. */
export type DisruptionRule = {
  /** How long the lock outlives a holder that died. */
  readonly ttlMs: number;
  readonly store: ({ readonly kind: "etcd" } & EtcdKeys) | { readonly kind: "lease"; readonly api: DesiredApi };
};

/** The API servers of the cluster, and how they are asked for their versions. */
export type ApiServersFirst = {
  /** Sorted by name. */
  readonly servers: readonly { readonly name: string; readonly url: string }[];
  readonly ca: string;
  readonly certificate: string;
  readonly key: Secret<string>;
};

/** A container that stops only while the others of its kind answer and its host holds the lock. */
export type DisruptionPart = {
  /** Hash of its settings that hosts have in common; one that failed elsewhere is not tried here. */
  readonly rollout?: string | undefined;
  /** What must answer 200; for etcd the members of its rule stand for it. */
  readonly peers: readonly { readonly name: string; readonly url: string }[];
  /** One of the peers is enough: it goes for good, and so may some of them. */
  readonly anyPeer?: true | undefined;
  /** PEM of the peers' CA. */
  readonly ca?: string | undefined;
};

export type DesiredContainer = {
  /** Label `flexkube.component` and the directory below /etc/kubernetes. One container each. */
  readonly component: string;
  /** Docker's name. */
  readonly name: string;
  /** Place in the start order of a host; equal ranks start by name. */
  readonly rank: number;
  /** Names of containers that must be healthy before this one starts. */
  readonly dependsOn: readonly string[];
  readonly spec: ContainerSpec;
  readonly specHash: string;
  /** Hash of specHash and of every live file: what a trial, a verdict and a proof are about. */
  readonly digest: string;
  readonly restart: RestartPolicy;
  readonly resources: Resources;
  /** Directories that must exist before the container is made; data, never removed. */
  readonly dataDirectories: readonly DataDirectory[];
  /** Whom it ran as before: its directories that still belong to one of them are given to its user before it starts. */
  readonly formerOwners?: readonly Owner[] | undefined;
  /** The component's directory below /etc/kubernetes, where its mode is kept; else it is made as missing parents are. */
  readonly ownDirectory?: DesiredDirectory | undefined;
  readonly sealed?: SealedDirectory | undefined;
  /** The `live` directory, when a live file lies in it. */
  readonly liveDirectory?: DesiredDirectory | undefined;
  readonly live: readonly LiveFile[];
  /**
   * Arguments of a one-shot that checks changed live files before they come into force. The files are given in a
   * directory mounted where the live directory is.
   */
  readonly check?: readonly string[] | undefined;
  readonly probe: DesiredProbe;
  /** Whether the old container may come back after a failed replacement. */
  readonly goBack: "always" | "same-minor";
  readonly etcd?: EtcdStartRule | undefined;
  /** Arguments that matter only once: a container that is made has them, and a change of them makes no new one. */
  readonly startArgs?: readonly string[] | undefined;
  /** Set for a container that runs to its end. */
  readonly once?: OnceRule | undefined;
  /** Host facts that the spec rests on, kept in label `flexkube.facts`. */
  readonly facts?: HostFacts | undefined;
  readonly preflight?: KubeletPreflight | undefined;
  /** Set where other hosts run the same, so that it can wait for them. */
  readonly disruption?: DisruptionPart | undefined;
  /** Minor version, such as `1.37`, that all API servers must have before this replaces an older one. */
  readonly needsApiServers?: string | undefined;
  /** Host ports it takes, as `tcp/0.0.0.0:6443`. */
  readonly claims: readonly string[];
  /** Earliest end of validity among its certificates, RFC 3339. */
  readonly certificatesExpire?: string | undefined;
};

export type UnmetContainer = { readonly component: string; readonly name: string; readonly reason: string };

export type DesiredState = {
  readonly cluster: string;
  readonly host: string;
  /** Hash of the whole host config; a verdict holds only for the config it was found under. */
  readonly config: string;
  /** Sorted by start order: dependencies first, then rank, then name. */
  readonly containers: readonly DesiredContainer[];
  /** Containers that cannot be specified yet, since a host fact they rest on is not known. What runs of them stays. */
  readonly unmet?: readonly UnmetContainer[] | undefined;
  readonly disruption?: DisruptionRule | undefined;
  /** Set where the host says in etcd what became of its host config. */
  readonly acknowledgements?: EtcdKeys | undefined;
  readonly apiServersFirst?: ApiServersFirst | undefined;
  /** Set where the host's API server is given several members, or a restored cluster. */
  readonly apiServerStorage?: ApiServerStorage | undefined;
  readonly node?: DesiredNode | undefined;
  readonly clusterObjects?: DesiredClusterObjects | undefined;
  /** Set where the host's etcd member is backed up. */
  readonly etcdBackup?: EtcdBackupRule | undefined;
  /** Unset where the member is not cared for. */
  readonly etcdCare?: EtcdCareRule | undefined;
  /** Set where this host takes part in changes of etcd's members. */
  readonly etcdMembers?: EtcdMembersRule | undefined;
};
