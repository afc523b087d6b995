// The host config's file: read when it is whole, and watched. It may be on a mount that hangs or be anything but a file.
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Patience } from "#agent/files/patience.ts";
import type { Clock } from "#shared/clock.ts";
import { canonical } from "#shared/canonical.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { isMissingPath } from "#shared/error-code.ts";
import { createNudges } from "./nudges.ts";
import type { Nudges } from "./nudges.ts";

export type ConfigFile = {
  /** The text once nobody writes it any more; undefined when there is no file. Throws CONFIG_UNREADABLE. */
  readonly read: () => Promise<string | undefined>;
  /** What the last read has found about the file itself. */
  readonly warnings: () => readonly string[];
  /** Counts what differs from what was read last, while it is watched: the text, what is said of the file, whether it is seen. */
  readonly changes: Nudges;
  /** Watches until the signal aborts. */
  readonly watch: (signal: AbortSignal) => Promise<void>;
};

export type ReadConfig = { readonly text: string; readonly warnings: readonly string[] };

/** What is at the path: equal signatures mean equal contents. */
type Look = { readonly signature: string; readonly changedAt: number };

/**
 * How often the file is looked at. One `stat` sees what is renamed, mounted or linked anew, on every file system. With the quiet moment that follows,
 * what was delivered is seen within 2 s; to look is most of what an idle agent does.
 */
const lookEveryMs = 800;
/** A file that has not changed for this long is whole. */
const quietMs = 600;
/** Nobody writes what changed before this; a clock that is wrong costs one more look. */
const longAgoMs = 5000;
/** After this long one that changes all the time is taken as it is. */
const patienceMs = 10_000;
type About = {
  readonly clock: Clock;
  readonly patience: Patience;
  /** The file as it is; throws CONFIG_UNREADABLE. */
  readonly readFile: () => Promise<ReadConfig | undefined>;
  /** Why what is at the path on the host is not what is seen here. */
  readonly notSeen: () => Promise<string | undefined>;
};

/** Nothing is read before the first call. */
export function createConfigFile(path: string, about: About): ConfigFile {
  const { clock } = about;
  const changes = createNudges();
  const reader = createReader(path, about);
  const hasChanged = async (): Promise<boolean> => {
    const before = reader.last();
    try {
      await reader.read();
    } catch {
      // the tick reads it again and tells why it cannot
      return before !== "none";
    }
    return canonical(before) !== canonical(reader.last());
  };
  return {
    read: async () => {
      const found = await reader.read();
      return found?.text;
    },
    warnings: () => {
      const last = reader.last();
      return typeof last === "object" ? last.warnings : [];
    },
    changes,
    watch: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(lookEveryMs, signal).catch(() => undefined);
        if (signal.aborted || reader.last() === undefined || (await reader.isSettled())) continue;
        if (await hasChanged()) changes.tell();
      }
    },
  };
}

type Reader = {
  readonly read: () => Promise<ReadConfig | undefined>;
  /** What the last read has found; undefined before the first. */
  readonly last: () => ReadConfig | "none" | undefined;
  /** Whether the file is the one that was read last. */
  readonly isSettled: () => Promise<boolean>;
};

function createReader(path: string, { clock, patience, readFile, notSeen }: About): Reader {
  const once = withPatience(path, patience);
  const look = async (): Promise<Look> => once(async () => lookAt(path, notSeen));
  let settled: string | undefined;
  let last: ReadConfig | "none" | undefined;
  return {
    read: async () => {
      try {
        settled = await settle(look, clock, settled);
        const found = await once(async () => seenOnly(path, await notSeen(), readFile));
        last = found ?? "none";
        return found;
      } catch (error) {
        last = "none";
        throw error;
      }
    },
    last: () => last,
    isSettled: async () => (await look().then((seen) => seen.signature, String)) === settled,
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
async function lookAt(path: string, notSeen: () => Promise<string | undefined>): Promise<Look> {
  const reason = await notSeen();
  if (reason !== undefined) return { signature: reason, changedAt: -Infinity };
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(path, { bigint: true });
    return { signature: [dev, ino, size, mtimeNs, ctimeNs].join(" "), changedAt: Number(ctimeMs) };
  } catch (error) {
    return { signature: isMissingPath(error) ? "" : String(error), changedAt: Infinity };
  }
}

async function seenOnly<Result>(
  path: string,
  reason: string | undefined,
  readFile: () => Promise<Result>,
): Promise<Result> {
  if (reason !== undefined) throw unreadable(path, reason);
  return readFile();
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

function unreadable(file: string, reason: string, cause?: unknown): FlexkubeError<"CONFIG_UNREADABLE"> {
  return new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", { file, reason }, { cause });
}
