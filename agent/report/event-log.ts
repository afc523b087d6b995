// A bounded log of events, one JSON object a line: events.jsonl and, before it, events.1.jsonl.
import { open, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { boundedEvent, HostEvent } from "./host-event.ts";
import type { StateFile } from "./state-files.ts";
import { makeDirectory, syncDirectory, unwritable } from "./atomic-file.ts";
import { errorCode } from "#shared/error-code.ts";

/** A file that has grown to this becomes the older one. */
const rotateBytes = 1024 * 1024;

export type EventLog = {
  readonly append: (event: HostEvent) => Promise<void>;
  readonly read: (limit: number) => Promise<readonly HostEvent[]>;
};

/** The log in `directory`, which is made when it is missing. `readFile` gives the text of a file in it, if there is one. */
export function createEventLog(
  directory: string,
  readFile: (name: StateFile) => Promise<string | undefined>,
): EventLog {
  const current = join(directory, "events.jsonl");
  const older = join(directory, "events.1.jsonl");
  return {
    append: async (event) => {
      try {
        await makeDirectory(directory);
        await rotateFull(current, older);
        await appendLine(current, JSON.stringify(boundedEvent(event)));
      } catch (error) {
        throw unwritable(current, error);
      }
    },
    read: async (limit) => {
      if (limit <= 0) return [];
      const newest = parseLines(await readFile("events.jsonl"));
      if (newest.length >= limit) return newest.slice(-limit);
      return [...parseLines(await readFile("events.1.jsonl")), ...newest].slice(-limit);
    },
  };
}

async function rotateFull(current: string, older: string): Promise<void> {
  const size = await stat(current).then(
    (stats) => stats.size,
    (error: unknown) => {
      if (errorCode(error) === "ENOENT") return 0;
      throw error;
    },
  );
  if (size < rotateBytes) return;
  await rename(current, older);
  await syncDirectory(dirname(current));
}

/** A line that a crash has torn is closed first, so that only it is lost. */
async function appendLine(path: string, line: string): Promise<void> {
  await using file = await open(path, "a+", 0o600);
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error("it is no regular file");
  const { size } = stats;
  const last = Buffer.alloc(1);
  if (size > 0) await file.read(last, 0, 1, size - 1);
  const isTorn = size > 0 && last.toString() !== "\n";
  await file.appendFile(`${isTorn ? "\n" : ""}${line}\n`);
  await file.datasync();
}

function parseLines(text: string | undefined): readonly HostEvent[] {
  return (text ?? "").split("\n").flatMap((line) => {
    const event = parseLine(line);
    return event === undefined ? [] : [event];
  });
}

function parseLine(line: string): HostEvent | undefined {
  if (line === "") return undefined;
  try {
    return HostEvent.safeParse(JSON.parse(line)).data;
  } catch {
    // torn by a crash: one event lost
    return undefined;
  }
}
