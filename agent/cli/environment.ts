// What main.ts gives to the commands: the process around them, so that they can be tested without one.
import type { Logger } from "pino";
import type { Engine } from "#agent/engine/engine.ts";
import type { ExistsOnHost } from "#agent/engine/podman-calls.ts";
import type { Patience } from "#agent/files/patience.ts";
import type { Nudges } from "#agent/tick/nudges.ts";
import type { OtherLoop } from "#agent/presence/presence.ts";
import type { LogFormat } from "./options.ts";
import type { Clock } from "#shared/clock.ts";

export type Environment = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Aborts on SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  /** One for each SIGHUP. */
  readonly hangups: Nudges;
  readonly clock: Clock;
  /** For what may never answer; with something stuck the process cannot end in the usual way. */
  readonly patience: Patience;
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly print: (text: string) => void;
  /** As they are; resolves when there is room for more. */
  readonly writeBytes: (bytes: Uint8Array) => Promise<void>;
  readonly printError: (text: string) => void;
  /** As `print` and `printError`, but what is long: resolves when there is room for more. */
  readonly pour: (stream: "stdout" | "stderr", text: string) => Promise<void>;
  /** Aborts when nobody reads the output any more. */
  readonly unread: AbortSignal;
  /** All of it, at most one byte more than a document may have. */
  readonly readStandardInput: () => Promise<string | Uint8Array>;
  /** `existsOnHost`: for an engine that does not look by itself; without it some make no containers with mounts. */
  readonly connect: (
    socketPath: string,
    existsOnHost?: ExistsOnHost,
  ) => Promise<Engine & { readonly close: () => void }>;
  /** The loop that works on this host while the one of our own container stands by. */
  readonly otherLoop?: ((engine: Pick<Engine, "inspect" | "list">) => Promise<OtherLoop | undefined>) | undefined;
  /** Without a format: text on a terminal, else JSON. */
  readonly createLogger: (level: string, format?: LogFormat) => Promise<Logger>;
};
