// The host config's file: read when it is whole, and watched. It may be on a mount that hangs or be anything but a file.
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Patience } from "#agent/files/patience.ts";
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { createNudges } from "./nudges.ts";
import type { Nudges } from "./nudges.ts";

export type ConfigFile = {
  /** The text once nobody writes it any more; undefined when there is no file. Throws CONFIG_UNREADABLE. */
  readonly read: () => Promise<string | undefined>;
  /** Counts contents that differ from what was read last, while it is watched. */
  readonly changes: Nudges;
  /** Watches until the signal aborts. */
  readonly watch: (signal: AbortSignal) => Promise<void>;
};

/** What is at the path: equal signatures mean equal contents. */
type Look = { readonly signature: string; readonly changedAt: number };

/** How often the file is looked at. One `stat` sees what is renamed, mounted or linked anew, on every file system. */
const lookEveryMs = 500;
/** A file that has not changed for this long is whole. */
const quietMs = 600;
/** Nobody writes what changed before this; a clock that is wrong costs one more look. */
const longAgoMs = 5000;
/** After this long one that changes all the time is taken as it is. */
const patienceMs = 10_000;
/** Nothing is read before the first call. */
export function createConfigFile(
  path: string,
  about: {
    readonly clock: Clock;
    readonly patience: Patience;
    /** The text of the file as it is; throws CONFIG_UNREADABLE. */
    readonly readText: () => Promise<string | undefined>;
  },
): ConfigFile {
  const { clock, patience, readText } = about;
  const once = withPatience(path, patience);
  const look = async (): Promise<Look> => once(async () => lookAt(path));
  const signature = async (): Promise<string> => look().then((seen) => seen.signature, String);
  const changes = createNudges();
  let settled: string | undefined;
  let last: { readonly text: string | undefined } | undefined;
  const read = async (): Promise<string | undefined> => {
    try {
      settled = await settle(look, clock, settled);
      const text = await once(readText);
      last = { text };
      return text;
    } catch (error) {
      last = { text: undefined };
      throw error;
    }
  };
  const hasChanged = async (): Promise<boolean> => {
    const before = last;
    try {
      return (await read()) !== before?.text;
    } catch {
      // the tick reads it again and tells why it cannot
      return before?.text !== undefined;
    }
  };
  return {
    read,
    changes,
    watch: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(lookEveryMs, signal).catch(() => undefined);
        if (signal.aborted || last === undefined || (await signature()) === settled) continue;
        if (await hasChanged()) changes.tell();
      }
    },
  };
}

/** The file's signature when it has not changed for a moment; at once when it is the one known to be whole. */
async function settle(look: () => Promise<Look>, clock: Clock, whole: string | undefined): Promise<string> {
  const end = clock.now() + patienceMs;
  const first = await look();
  if (first.signature === whole || clock.now() - first.changedAt > longAgoMs) return first.signature;
  let before = first.signature;
  for (;;) {
    await clock.sleep(quietMs);
    const { signature: now } = await look();
    if (now === before || clock.now() > end) return now;
    before = now;
  }
}

/** What changes whenever the content may: which file is at the path, its size and times; "" when there is none. */
async function lookAt(path: string): Promise<Look> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(path, { bigint: true });
    return { signature: [dev, ino, size, mtimeNs, ctimeNs].join(" "), changedAt: Number(ctimeMs) };
  } catch (error) {
    return { signature: isMissing(error) ? "" : String(error), changedAt: Infinity };
  }
}

/** What is asked of a file that may be on a disk that does not answer: CONFIG_UNREADABLE then, and no more than one call is kept. */
export function withPatience(
  path: string,
  patience: Pick<Patience, "run">,
): <Result>(call: () => Promise<Result>) => Promise<Result> {
  return async (call) => {
    try {
      return await patience.run(dirname(path), call, { path });
    } catch (error) {
      if (!isFlexkubeError(error, "FILES_UNREADABLE")) throw error;
      throw unreadable(path, error.details.reason, error);
    }
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function unreadable(file: string, reason: string, cause?: unknown): FlexkubeError<"CONFIG_UNREADABLE"> {
  return new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", { file, reason }, { cause });
}
