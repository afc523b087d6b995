// The engine port: all that flexkube asks of a container engine, in our own types. No dockerode here.
import type { Resources, RestartPolicy } from "#shared/schema/words/words.ts";
import type { WallTime } from "#shared/clock.ts";
import type { OutputPiece } from "./frames.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";

/** Options of every call: `deadlineMs` bounds it (ENGINE_TIMEOUT), `signal` aborts it. */
export type CallOptions = { readonly deadlineMs?: number | undefined; readonly signal?: AbortSignal | undefined };

export type ContainerSummary = {
  readonly id: string;
  /** First name without the slash. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
  readonly image: string;
  readonly imageId: string;
};

export type ContainerDetails = ContainerSummary & {
  /** By the machine's clock as it was then; undefined for Docker's zero time. */
  readonly startedAt?: WallTime | undefined;
  readonly finishedAt?: WallTime | undefined;
  readonly createdAt: WallTime;
  /** As it was made: `7:8`, a name, or empty where the image decides. */
  readonly user?: string | undefined;
  /** Of its first process, as the host counts; undefined while it does not run. */
  readonly pid?: number | undefined;
  /** Its entrypoint with the arguments. */
  readonly command?: readonly string[] | undefined;
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled: boolean;
  readonly restartCount: number;
  readonly restart: RestartPolicy;
  readonly resources: Resources;
  readonly networks: readonly string[];
};

export type CreateRequest = {
  readonly name: string;
  readonly spec: ContainerSpec;
  /** Appended to spec.args. */
  readonly startArgs?: readonly string[] | undefined;
  /** Ownership labels, added to spec.labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly restart: RestartPolicy;
  readonly resources: Resources;
};

/** Result of HEAD on a path of a container's file system. */
export type ArchiveStat = {
  readonly name: string;
  readonly size: number;
  /** Permission, setuid, setgid and sticky bits. */
  readonly mode: number;
  readonly type: "file" | "directory" | "symlink" | "other";
  readonly modifiedAt: number;
  readonly linkTarget: string;
};

export type EngineInfo = {
  readonly engine: "docker" | "podman";
  readonly version: string;
  readonly apiVersion: string;
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  /** Docker's security options, such as `name=rootless`. */
  readonly securityOptions: readonly string[];
};

export type EngineEvent = {
  readonly action: string;
  readonly containerId: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of a container that has ended, where the engine tells. */
  readonly exitCode?: number | undefined;
};

export type OutputWanted = {
  /** So many last lines; all unless told. */
  readonly tail?: number | undefined;
  /** Not what is older, epoch milliseconds by the machine's clock. */
  readonly sinceMs?: number | undefined;
  readonly follow?: boolean | undefined;
};

export type PullProgress = { readonly layersDone: number; readonly layers: number; readonly bytes: number };

/**
 * Errors: ENGINE_UNREACHABLE, ENGINE_NOT_FOUND (404), ENGINE_CONFLICT (409), ENGINE_REFUSED (other answers),
 * ENGINE_TIMEOUT. A removed container that is gone and a start or stop that had nothing to do are success.
 */
export type Engine = {
  readonly info: (options?: CallOptions) => Promise<EngineInfo>;
  /** All containers, also those that do not run; with `label` only those that carry it (`key` or `key=value`). */
  readonly list: (
    options?: CallOptions & { readonly label?: string | undefined },
  ) => Promise<readonly ContainerSummary[]>;
  readonly inspect: (id: string, options?: CallOptions) => Promise<ContainerDetails>;
  /**
   * Resolves to the new container's id. Never retried inside: a conflict is the caller's to look at. A mount whose source is missing is
   * ENGINE_REFUSED, and makes nothing on the host.
   */
  readonly create: (request: CreateRequest, options?: CallOptions) => Promise<string>;
  readonly rename: (id: string, name: string, options?: CallOptions) => Promise<void>;
  readonly update: (
    id: string,
    change: { readonly restart?: RestartPolicy | undefined; readonly resources?: Resources | undefined },
    options?: CallOptions,
  ) => Promise<void>;
  readonly start: (id: string, options?: CallOptions) => Promise<void>;
  readonly stop: (id: string, timeoutSeconds: number, options?: CallOptions) => Promise<void>;
  /** Signal name without SIG. */
  readonly kill: (id: string, signal: string, options?: CallOptions) => Promise<void>;
  /** Resolves to the exit code when the container has ended. */
  readonly wait: (id: string, options?: CallOptions) => Promise<number>;
  /** Forced: kills what runs. Anonymous volumes go with it. */
  readonly remove: (id: string, options?: CallOptions) => Promise<void>;
  /** The last `lines` lines of output and errors, in order, as text. */
  readonly logs: (id: string, lines: number, options?: CallOptions) => Promise<string>;
  /**
   * What it has written, piece by piece, and with `follow` what it writes until it ends or the signal aborts; `deadlineMs` bounds the begin
   * alone. Ends with ENGINE_UNREACHABLE when the stream breaks.
   */
  readonly output: (id: string, wanted: OutputWanted, options?: CallOptions) => AsyncIterable<OutputPiece>;
  /** The image's id, or undefined when it is not there. */
  readonly inspectImage: (reference: string, options?: CallOptions) => Promise<string | undefined>;
  /** Labels that every container of the image inherits; undefined when it is not there. */
  readonly imageLabels: (
    reference: string,
    options?: CallOptions,
  ) => Promise<Readonly<Record<string, string>> | undefined>;
  readonly pullImage: (
    reference: string,
    credentials: { readonly server: string; readonly username: string; readonly password: string } | undefined,
    options?: CallOptions & { readonly onProgress?: ((progress: PullProgress) => void) | undefined },
  ) => Promise<void>;
  /** Loads a `docker save` archive; resolves to the references it holds. */
  readonly loadImage: (archive: NodeJS.ReadableStream, options?: CallOptions) => Promise<readonly string[]>;
  /** Extracts a tar below `path`, never replacing a directory by a file or the other way round. */
  readonly putArchive: (id: string, path: string, tar: Uint8Array, options?: CallOptions) => Promise<void>;
  /** A tar of what is at `path`, with `maxBytes` no more of it. Modes may carry type bits above 0o7777 (Docker 20.10). */
  readonly getArchive: (
    id: string,
    path: string,
    options?: CallOptions & { readonly maxBytes?: number | undefined },
  ) => Promise<Uint8Array>;
  /** undefined when there is nothing at `path`. */
  readonly statArchive: (id: string, path: string, options?: CallOptions) => Promise<ArchiveStat | undefined>;
  /** Container events from now on, until the signal aborts; ends with ENGINE_UNREACHABLE when the stream breaks. */
  readonly events: (options?: EventOptions) => AsyncIterable<EngineEvent>;
};

/** `onOpen`: the engine has begun to answer; what happens from now on is told. */
export type EventOptions = CallOptions & { readonly onOpen?: (() => void) | undefined };
