// All that a step's handler may use: the ports, built with the agent, and what each plan adds to them.
import type { SteadyTimes } from "#agent/facts/steady-times.ts";
import type { RoundLog } from "#agent/log/round-log.ts";
import type { Disruption } from "#agent/disruption/disruption.ts";
import type { HeldLock } from "#agent/disruption/held-lock.ts";
import type { DeathWatch } from "./deaths.ts";
import type { Engine } from "#agent/engine/engine.ts";
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import type { ApplierLease } from "#agent/kubernetes/applier-lease.ts";
import type { KnownKinds } from "#agent/kubernetes/object-paths.ts";
import type { KnownRun } from "#agent/report/known-runs.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import type { Patience } from "#agent/files/patience.ts";
import type { Delivered } from "#shared/delivery/delivery-record.ts";
import type { Clock } from "#shared/clock.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import type { Step } from "#shared/state/step.ts";

/** One line of the event log, before it gets its time. */
export type ExecutionEvent = {
  readonly kind:
    | "started"
    | "stopped"
    | "removed"
    | "failed"
    | "rejected"
    | "postponed"
    | "signalled"
    | "unhealthy"
    | "refused"
    | "mended"
    | "restored"
    | "patched"
    | "applied"
    | "pruned"
    | "installed"
    | "uninstalled"
    | "restarted"
    | "ended";
  readonly component: string;
  readonly container: string;
  readonly cause: string;
  readonly exitCode?: number | undefined;
  /** Last output of a container that failed. */
  readonly output?: string | undefined;
};

/** What steps tell while a plan is carried out. */
export type StepProgress = {
  /** A step begins, after those that are done. */
  readonly begin: (step: Step, done: readonly Step[]) => void;
  /** How far the present step is; "" only says that it lives. */
  readonly detail: (text: string) => void;
};

/** The ledger in memory and on disk. */
export type LedgerKeeper = {
  readonly read: () => Ledger;
  /** Keeps it in memory in any case; a disk that refuses is logged by the keeper. */
  readonly write: (ledger: Ledger) => Promise<void>;
  /** Takes up what another process of ours, such as an `apply`, has written since. */
  readonly refresh?: (() => Promise<void>) | undefined;
};

/** What is known of the runs of our containers, in memory and on disk. Never throws: what is lost is told once less. */
export type RunKeeper = {
  /** A step is about to start or to stop the container with this id. */
  readonly act: (id: string, act: "start" | "stop") => Promise<void>;
  /** A look at the host: what ended or began without us since the one before is recorded. `once`: names of those that run to their end. */
  readonly see: (
    seen: Pick<ObservedState, "containers" | "unknownContainers">,
    once: ReadonlySet<string>,
  ) => Promise<void>;
  readonly of: (id: string) => KnownRun | undefined;
};

export type Credentials = { readonly server: string; readonly username: string; readonly password: string };

/** Where images come from when they are missing. */
export type ImageSources = {
  /** Host directory of image archives. */
  readonly directory?: string | undefined;
  /** For the directory, which may be on a file system that is gone. */
  readonly patience: Pick<Patience, "run">;
  readonly credentialsFor: (image: string) => Credentials | undefined;
};

/** What an agent reaches the world by, for as long as it lives. A new port is a line here, and where agents are built. */
export type Ports = {
  readonly engine: Engine;
  readonly tree: HostTree;
  readonly clock: Clock;
  readonly times: SteadyTimes;
  /** What is said in a tick; a tick is a round of it. */
  readonly log: RoundLog;
  readonly ledger: LedgerKeeper;
  readonly runs: RunKeeper;
  readonly record: (event: ExecutionEvent) => Promise<void>;
  /** Fresh short name part. */
  readonly nonce: () => string;
  /** What it asks of other hosts. */
  readonly disruption: Disruption;
  readonly connectKubernetes: ConnectKubernetes;
  readonly kinds: KnownKinds;
  readonly applierLease: ApplierLease;
};

/** The ports, and what is so for one plan under one host config. */
export type Effects = Omit<Ports, "applierLease"> & {
  readonly applierLease: Pick<ApplierLease, "isOurs">;
  /** Unset where nobody looks on. */
  readonly progress?: StepProgress | undefined;
  /** Stop now: SIGTERM, or the lock was lost. Engine calls are finished, waits end at once. */
  readonly signal: AbortSignal;
  /** Image id of the agent itself, for config containers. */
  readonly selfImage: string;
  readonly images: ImageSources;
  readonly desired: DesiredState;
  /** What new containers tell of the host config in force; unset where none is, as in a reset. */
  readonly delivered?: Delivered | undefined;
  /** Key of content digests. */
  readonly hashKey: string | undefined;
  /** Unset where the host config knows of no disruption lock. */
  readonly held?: HeldLock | undefined;
  readonly deaths: DeathWatch;
};
