// Observed state: one snapshot of a host in plain data, the only view of the world that reconcile has.
import type { Resources, RestartPolicy } from "#shared/schema/words/words.ts";
import type { ObservedCluster } from "./applied-objects.ts";
import type { NodeTaint } from "./desired.ts";
import type { Ledger } from "./ledger.ts";
import type { PeerRefusal } from "./peer-refusal.ts";
import type { PreflightFinding } from "./preflight-finding.ts";

/** A container that carries all our labels for this cluster and host. */
export type ObservedContainer = {
  readonly id: string;
  /** Of its first process on the host. */
  readonly pid?: number | undefined;
  /** Without the leading slash. */
  readonly name: string;
  readonly component: string;
  /** The name it was made for (label `flexkube.container`). */
  readonly container: string;
  readonly specHash: string;
  readonly image: string;
  /** Whom it runs as, as it was made: `7:8`, a name, or empty where the image decides. */
  readonly user?: string | undefined;
  readonly state: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
  /** Epoch milliseconds; undefined when it never started or never ended. */
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  readonly createdAt: number;
  /** Start of its run as the engine stamped it, epoch milliseconds; another run has another one. */
  readonly startStamp?: number | undefined;
  readonly exitCode?: number | undefined;
  /** The kernel ended it, since it wanted more memory than it may have. */
  readonly oomKilled?: boolean | undefined;
  /** Why the engine could not start it when that was tried last; undefined when it could. */
  readonly startRefusal?: string | undefined;
  readonly restartCount: number;
  readonly restart: RestartPolicy;
  readonly resources: Resources;
  /** Names of networks it is attached to, sorted. */
  readonly networks: readonly string[];
  /** Decision its etcd start arguments rest on (label `flexkube.start`), when it has one. */
  readonly start?: string | undefined;
};

/** Anything else on the host: never touched, but its name may be in our way. */
export type ForeignContainer = {
  readonly id: string;
  readonly name: string;
  /** Set when it carries our labels, which its image gave it. */
  readonly labelsOf?: "image" | undefined;
};

/** A temporary container of ours that an interrupted step left behind. */
export type ObservedHelper = {
  readonly id: string;
  readonly name: string;
  /** Set for one that is no leftover: Helm at work, or done and not yet settled. */
  readonly job?: HelmJob | undefined;
  readonly state?: ObservedContainer["state"] | undefined;
  /** Why it cannot be told whether it is ours: it is waited for, and left alone. */
  readonly unknown?: string | undefined;
};

/** What Helm was started for, as the labels of its container say. */
export type HelmJob = {
  readonly release: string;
  readonly operation: "install" | "uninstall";
  readonly namespace: string;
  /** Of what is installed; "" for the other operation. */
  readonly digest: string;
  /** Of Helm. */
  readonly image: string;
  /** By when it must have ended: in the label by the machine's clock, in what is observed as `Clock.now` counts. */
  readonly until: number;
};

export type ObservedPath =
  | { readonly type: "missing" }
  | {
      readonly type: "file";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly digest: string;
      /** Inode change time, epoch milliseconds. */
      readonly changedAt: number;
    }
  | {
      readonly type: "directory";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly entries: readonly string[];
      /** Another directory at the same path has another one; unset where that cannot be told. */
      readonly identity?: string | undefined;
    }
  /** A link that leads nowhere, a socket, a device; or something on the way to it that is no directory. */
  | { readonly type: "other"; readonly what: string }
  | UnknownPath;

/** It could not be looked at, or did not answer: neither there nor missing, and no reason to make or to remove anything. */
export type UnknownPath = { readonly type: "unknown"; readonly reason: string };

/** One of ours of which the engine tells no more than that it is there. */
export type UnknownContainer = Pick<ObservedContainer, "id" | "name" | "component" | "container"> & {
  readonly reason: string;
};

/** What the other members say; gathered only when etcd's start or stop is in question. */
export type EtcdEvidence = {
  /** Per peer name: undefined when it did not answer. */
  readonly peers: ReadonlyMap<string, readonly EtcdMemberSeen[] | undefined>;
  /** Names of the other members, listed ones included, whose client endpoint says healthy. A learner's says so too. */
  readonly healthy: readonly string[];
  /** The list of this host's own member, while it runs. */
  readonly self?: readonly EtcdMemberSeen[] | undefined;
  /** Cluster id by member, as each tells it; this host's own member is among them. */
  readonly clusterIds?: ReadonlyMap<string, string> | undefined;
  /** The cluster's version as minor, such as `3.5`: the oldest member's. */
  readonly clusterVersion?: string | undefined;
  /** Those that gave no answer since TLS refused one side. */
  readonly refusals?: ReadonlyMap<string, PeerRefusal> | undefined;
  /** Of the members that a restore's host config calls lost, those that answer at one of their ports, whatever they answer. */
  readonly lostThere?: readonly string[] | undefined;
};

/** The snapshot of a restore on this host: a file with its SHA-256, or what was found where it should be. */
export type SnapshotSeen =
  | {
      readonly path: string;
      readonly bytes: number;
      /** As long as the file has it, it is what was read; undefined where that cannot be relied on. */
      readonly stamp?: string | undefined;
      /** What the data directory's file system still takes. */
      readonly freeBytes: number;
    }
  | { readonly missing: string };

export type EtcdMemberSeen = {
  /** Empty for one that was added and has never started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  /** It receives the data and does not vote. */
  readonly isLearner?: boolean | undefined;
};

/** Who holds the disruption lock, for which of its containers, and what failed on which host. */
export type DisruptionSeen = {
  readonly holder?:
    | {
        readonly host: string;
        readonly component: string;
        readonly container: string;
        /** Epoch milliseconds, by the holder's clock. */
        readonly since: number;
      }
    | undefined;
  readonly failed: readonly FailedRollout[];
};

/** A rollout whose container did not become healthy on a host, which then went back. */
export type FailedRollout = {
  readonly host: string;
  readonly component: string;
  readonly rollout: string;
  readonly reason: string;
  /** Epoch milliseconds, by that host's clock. */
  readonly at: number;
};

/** Gathered only when a container that stops under the lock is in question. */
export type ObservedDisruption = {
  readonly lock: DisruptionSeen | { readonly unknown: string };
  /** Container name → those of its peers that answer; etcd's are in its evidence. */
  readonly answering: ReadonlyMap<string, readonly string[]>;
  /** Container name → those of its peers that gave no answer since TLS refused one side. */
  readonly refusals?: ReadonlyMap<string, ReadonlyMap<string, PeerRefusal>> | undefined;
};

/** The Node object as far as it concerns us. */
export type ObservedNode =
  | { readonly state: "unreachable"; readonly reason: string }
  | { readonly state: "missing" }
  | {
      readonly state: "there";
      readonly resourceVersion: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
      readonly taints: readonly NodeTaint[];
      /** Status of the condition Ready: True, False or Unknown. */
      readonly ready: string;
      readonly kubeletVersion: string;
    };

export type ObservedState = {
  /** Epoch milliseconds of the snapshot. */
  readonly now: number;
  /** When this agent process began. */
  readonly agentStartedAt: number;
  readonly containers: readonly ObservedContainer[];
  readonly unknownContainers: readonly UnknownContainer[];
  /** Id of a running container → sources of its mounts where another directory is now than the one that it has. */
  readonly replacedMounts: ReadonlyMap<string, readonly string[]>;
  readonly foreign: readonly ForeignContainer[];
  readonly helpers: readonly ObservedHelper[];
  /** Every path that the desired state, the fallback or the ledger names, and each directory below /etc/kubernetes/<component>. */
  readonly paths: ReadonlyMap<string, ObservedPath>;
  /** Image references in question → present, or why nobody knows. */
  readonly images: ReadonlyMap<string, boolean | { readonly unknown: string }>;
  /** Container name → does its probe hold now. */
  readonly health: ReadonlyMap<string, boolean>;
  /** Container name → a sentence on why it is not healthy. Told to people, decides nothing, and the same for as long as it is the same. */
  readonly ailments?: ReadonlyMap<string, string> | undefined;
  /** Ids of running containers that work, whatever they were made from; known for those that others stand in for. */
  readonly working: ReadonlySet<string>;
  /** Container name → evidence. */
  readonly etcd: ReadonlyMap<string, EtcdEvidence>;
  /** Unset: not asked. */
  readonly disruption?: ObservedDisruption | undefined;
  /** Client URLs of etcd's learners. Unset: not asked, or nobody tells. */
  readonly etcdLearners?: readonly string[] | undefined;
  /** Those that vote, as above; undefined while one of them has never started and so has no client URL. */
  readonly etcdVoters?: readonly string[] | undefined;
  /** Client URL of an API server's etcd → id of its cluster, of those that have a leader. Unset: not asked. */
  readonly etcdClusters?: ReadonlyMap<string, string> | undefined;
  /** Container name → the snapshot that its restore needs. Unset: not looked for. */
  readonly etcdSnapshots?: ReadonlyMap<string, SnapshotSeen> | undefined;
  /** API servers that gave no answer since TLS refused one side, by name. */
  readonly apiServerRefusals?: ReadonlyMap<string, PeerRefusal> | undefined;
  /** Minor versions of the API servers that answered, by name. Unset: not asked. */
  readonly apiServers?: ReadonlyMap<string, string> | undefined;
  /** Container name → what its preflight found; gathered only when it is about to be started. */
  readonly preflight: ReadonlyMap<string, readonly PreflightFinding[]>;
  /** What keeps other hosts from ports of this one. Unset: not looked at. */
  readonly firewall?: readonly PreflightFinding[] | undefined;
  readonly ledger: Ledger;
  /** Unset when no node is desired. */
  readonly node?: ObservedNode | undefined;
  /** Unset when no objects of the cluster are desired. */
  readonly cluster?: ObservedCluster | undefined;
};
