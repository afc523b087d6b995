// The state store on disk, usually /var/lib/flexkube. Everything in it may be lost; nothing in it may be believed blindly.
import { readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#shared/clock.ts";
import { emptyLedger, Ledger } from "#shared/reconcile/ledger.ts";
import { readText, removeFile, replaceFile, temporarySuffix } from "./atomic-file.ts";
import { createEventLog } from "./event-log.ts";
import { Report } from "./report.ts";
import type { StateStore } from "./state-store.ts";

/** A temporary file this old belongs to a process that was killed while it wrote. */
const leftoverMs = 600_000;

/** The store in `directory`; it is made by the first write. Removes what killed writers left behind. */
export async function openStateDirectory(options: {
  readonly directory: string;
  readonly clock: Clock;
}): Promise<StateStore> {
  const { directory } = options;
  const at = (name: string): string => join(directory, name);
  const events = createEventLog(directory);
  await removeLeftovers(directory, options.clock);
  return {
    readLedger: async () => parseLedger(await readText(at("ledger.json"))),
    writeLedger: (ledger) => replaceFile(at("ledger.json"), `${JSON.stringify({ ...ledger, known: true })}\n`),
    readConfig: (which) => readText(at(`${which}.yaml`)),
    writeConfig: (which, text) => replaceFile(at(`${which}.yaml`), text),
    readReport: async () => Report.safeParse(parseJson(await readText(at("report.json")))).data,
    writeReport: (report) => replaceFile(at("report.json"), `${JSON.stringify(report, undefined, 1)}\n`),
    appendEvent: (event) => events.append(event),
    readEvents: (limit) => events.read(limit),
    isStopped: async () => (await readText(at("stopped"))) !== undefined,
    setStopped: (stopped) => (stopped ? replaceFile(at("stopped"), "") : removeFile(at("stopped"))),
    isFull: async () => isFull(directory),
  };
}

/** A directory that is not there yet is not full. */
async function isFull(directory: string): Promise<boolean> {
  try {
    const { bavail, ffree, files } = await statfs(directory);
    // some file systems make inodes as they need them and count none
    return bavail === 0 || (files > 0 && ffree === 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

function parseLedger(text: string | undefined): Awaited<ReturnType<StateStore["readLedger"]>> {
  if (text === undefined) return { ledger: emptyLedger };
  const parsed = Ledger.safeParse(parseJson(text));
  if (parsed.success) return { ledger: { ...parsed.data, known: true } };
  return { ledger: emptyLedger, warning: "the ledger is damaged; going on as if it were lost" };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    // damaged: the schema says no to undefined
    return undefined;
  }
}

/** Only tidies: what cannot be read or is not there yet is left to the first real read or write. */
async function removeLeftovers(directory: string, clock: Clock): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(".") && entry.endsWith(temporarySuffix))) {
    const path = join(directory, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined && clock.now() - stats.mtimeMs > leftoverMs) await rm(path, { force: true });
  }
}
