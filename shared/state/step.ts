// The kinds of steps and their arguments. The handler table in agent/execute is derived from this map,
// so a kind without a handler does not compile.
import type { Resources, RestartPolicy } from "#shared/schema/words/words.ts";
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import type { AppliedObject } from "./applied-objects.ts";
import type {
  ContainerSpec,
  DesiredContainer,
  DesiredDirectory,
  DesiredFile,
  DesiredProbe,
  EtcdStartRule,
  NodeTaint,
  OnceRule,
  Owner,
} from "./desired.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Verdict } from "./ledger.ts";
import type { HelmJob } from "./observed.ts";

/** One batch of changes to files: delivered by one archive upload; run once when something in use is replaced or removed. */
export type FileCommit = {
  /** Each once, whatever the number of components that need it. */
  readonly directories: readonly (DesiredDirectory & { readonly components: readonly string[] })[];
  /** Files of directories that nothing uses yet: written in place. */
  readonly fresh: readonly (DesiredFile & { readonly component: string })[];
  /** Files that may be in use: written beside, synced, renamed. */
  readonly replaced: readonly (DesiredFile & {
    readonly component: string;
    /** Id of the container that already works with this content; unset: its effect is still to come. */
    readonly deliveredTo?: string | undefined;
  })[];
  /** Files and sealed directories that go; a directory goes with all that is in it. */
  readonly removed: readonly { readonly path: string; readonly component: string }[];
};

/** A directory that goes to a new owner. */
export type GivenDirectory = Owner & {
  readonly path: string;
  readonly holds: "data" | "live";
  /** Unset: it keeps its own. */
  readonly mode?: number | undefined;
  /** With all in it that belonged to the old one; else its files come by themselves. */
  readonly isWhole: boolean;
  /** Whose it is now. */
  readonly found: Owner;
  /** From whom it and what is in it may be taken; what is anybody else's in it stays so. */
  readonly from: readonly Owner[];
};

/** A restore in a member's data directory. */
export type EtcdRestoring = {
  /** Its id, such as `r1-0f3a5b7c9d11`. */
  readonly restore: string;
  /** On the host. */
  readonly dataDirectory: string;
  readonly owner: Owner;
};

/** A snapshot that restored data is of only if it still is the file of that digest. */
export type MadeOf = {
  /** On the host. */
  readonly snapshot: string;
  readonly sha256: string;
  /** As it was when its digest was found; without one it is read again. */
  readonly stamp?: string | undefined;
};

export type StepArguments = {
  removeHelper: { readonly id: string; readonly name: string };
  fetchImage: { readonly image: string };
  commitFiles: FileCommit;
  /** While nothing of the container runs. Killed anywhere, it can be done again. */
  giveDirectories: { readonly directories: readonly GivenDirectory[] };
  /** While nothing of the container runs: makes data beside the member's, from the snapshot. Killed anywhere, it is begun anew. */
  restoreData: EtcdRestoring & {
    /** On the host. */
    readonly snapshot: string;
    /** What a try before this one has left there goes first. */
    readonly clears: boolean;
    /** It has its own digest at its end, as what etcdctl saves has; a copy of a member's file has not. */
    readonly hasTail: boolean;
    readonly image: string;
    readonly etcdutl: string;
    readonly member: Pick<EtcdStartRule, "name" | "peerUrl" | "initialCluster" | "token">;
  };
  /**
   * While nothing of the container runs: the member's data goes aside, the restored one in its place. Killed anywhere, it is finished, or the
   * data is made anew.
   */
  swapData: EtcdRestoring & {
    /** What it was made of a moment ago; undefined where that was found right before. */
    readonly madeOf?: MadeOf | undefined;
  };
  renameContainer: {
    readonly id: string;
    readonly from: string;
    readonly to: string;
    readonly once?: OnceRule | undefined;
  };
  updateContainer: {
    readonly id: string;
    readonly restart?: RestartPolicy | undefined;
    readonly resources?: Resources | undefined;
  };
  createContainer: {
    readonly spec: ContainerSpec;
    readonly specHash: string;
    readonly restart: RestartPolicy;
    readonly resources: Resources;
    /** Arguments of the first start, appended to spec.args and not part of its hash. */
    readonly startArgs: readonly string[];
    /** Decision behind startArgs, for label `flexkube.start`. */
    readonly start?: string | undefined;
    /** Host facts behind the spec, for label `flexkube.facts`. */
    readonly facts?: HostFacts | undefined;
  };
  /** `id` is set for a container that was there before the plan. */
  startContainer: { readonly id?: string | undefined; readonly once?: OnceRule | undefined };
  stopContainer: {
    readonly id: string;
    readonly timeoutSeconds: number;
    /** It works and others stand in for it: stops only while this host holds the disruption lock. */
    readonly locked?: boolean | undefined;
    /** It did not work when the plan was made, and others stand in for it: stops only while none of these probes holds. */
    readonly unlessWorks?: readonly DesiredProbe[] | undefined;
  };
  removeContainer: {
    readonly id: string;
    /** It was there before the one that has its name now; for the text of the plan. */
    readonly old?: true | undefined;
  };
  /** Puts right what the preflight of the container found; arguments of the agent's `mend` command. */
  mendHost: { readonly mends: readonly string[] };
  /** One-shot that validates live files before they come into force. */
  checkFiles: {
    /** The container's, without the mounts of its own directory and without its own command. */
    readonly spec: ContainerSpec;
    /** `path` is the place inside the one-shot. */
    readonly files: readonly DesiredFile[];
  };
  signalContainer: {
    readonly id: string;
    readonly signal: string;
    readonly delivers: Readonly<Record<string, string>>;
  };
  waitHealthy: {
    readonly probe: DesiredProbe;
    readonly digest: string;
    /** Epoch milliseconds. Unset: the probe's deadline counts from the step's begin. */
    readonly until?: number | undefined;
    /** This wait is the one more deadline that a restarted agent grants; the ledger remembers it for this container id. */
    readonly grantedTo?: string | undefined;
    /** Set for a container that runs to its end: the wait is for that end. */
    readonly once?: OnceRule | undefined;
  };
  /** Exit code and last log lines to the event log, verdict `failed` to the ledger. */
  recordFailure: { readonly id?: string | undefined; readonly verdict: Verdict };
  takeDisruption: {
    /** Who takes it. */
    readonly host: string;
    readonly container: DesiredContainer;
    /** False: what it guards is down already, so the plan goes on without the lock when it cannot be had. */
    readonly required: boolean;
  };
  /** Also remembers, beside the lock, whether the rollout worked here. */
  freeDisruption: {
    /** Rollout that works here now. */
    readonly worked?: string | undefined;
    /** Rollout that did not, so that no other host tries it. */
    readonly failed?: { readonly rollout: string; readonly reason: string } | undefined;
  };
  /** One change of our Node object; it is refused when the object has changed meanwhile. */
  patchNode: {
    readonly resourceVersion: string;
    /** null: goes. */
    readonly labels: Readonly<Record<string, string | null>>;
    readonly annotations: Readonly<Record<string, string | null>>;
    /** All taints of the node, when any of ours has to change. */
    readonly taints?: readonly NodeTaint[] | undefined;
    /** The same for people. */
    readonly changes: readonly string[];
  };
  /** One manifest by kubectl; what it holds is looked up by its name. */
  applyManifest: {
    readonly image: string;
    readonly digest: string;
    readonly objects: readonly ObjectRef[];
    /** What the record holds of it. */
    readonly before: readonly AppliedObject[];
    /** Of these, what nobody asks for any more: it stays in the record until it is pruned. */
    readonly stale: readonly AppliedObject[];
  };
  pruneObjects: {
    /** Deleted only while they have this uid. */
    readonly deletes: readonly (ObjectRef & { readonly uid: string })[];
    /** Gone, somebody else's, or to be kept: only the record changes. */
    readonly forgets: readonly ObjectRef[];
    /** Nothing of the manifest is left. */
    readonly isWhole: boolean;
  };
  /** Starts Helm; `finishRelease` follows when it has ended. */
  installRelease: {
    readonly image: string;
    readonly digest: string;
    readonly namespace: string;
    /** Secret of a revision that an operation which has long ended left pending; it goes first. */
    readonly stuck?: { readonly secret: string; readonly uid: string } | undefined;
  };
  uninstallRelease: { readonly image: string; readonly namespace: string };
  finishRelease: { readonly id: string; readonly job: HelmJob };
  /** The end of a return: rejected or postponed; undefined forgets it. */
  settleVerdict: { readonly verdict?: Verdict | undefined };
};

export type StepKind = keyof StepArguments;

/** One engine call, one probe wait, or one file commit. */
export type Step = {
  [Kind in StepKind]: {
    readonly kind: Kind;
    /** What it is about: a container's name, an image, or `files`. */
    readonly subject: string;
    /** Component it serves; a failed step stops the later steps of its component and of those that depend on it. */
    readonly component: string;
    /** Why. */
    readonly cause: string;
    readonly arguments: StepArguments[Kind];
  };
}[StepKind];

export type StepOf<Kind extends StepKind> = Extract<Step, { readonly kind: Kind }>;

/** A thing reconcile cannot or may not mend by itself; other components go on. */
export type Blocked = {
  readonly component: string;
  readonly container: string;
  readonly code: BlockedCode;
  readonly reason: string;
  /** More about it, a line each. */
  readonly details?: readonly string[] | undefined;
};
export type BlockedCode =
  | "name-taken"
  | "path-taken"
  | "path-blocked"
  /** A path, the container or an image that could not be looked at. */
  | "unknown"
  | "waiting"
  | "rejected"
  | "postponed"
  | "preflight"
  | "unhealthy";

export type Plan = {
  readonly steps: readonly Step[];
  readonly blocked: readonly Blocked[];
  readonly warnings: readonly string[];
  /** Worth knowing, but nothing is wrong. */
  readonly notes?: readonly string[] | undefined;
};
