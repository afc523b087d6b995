// The state store on disk, usually /var/lib/flexkube. Everything in it may be lost; nothing in it may be believed blindly.
import { access, constants, readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#shared/clock.ts";
import { emptyLedger, Ledger, withoutForeignEntries } from "#shared/state/ledger.ts";
import { makeFile, readText, temporarySuffix } from "./atomic-file.ts";
import { DeliveryRecord } from "#shared/delivery/delivery-record.ts";
import { errorCode } from "#shared/error-code.ts";
import { createEventLog } from "./event-log.ts";
import { KeptCare } from "./kept-care.ts";
import { KeptSightings } from "./kept-sightings.ts";
import { KnownRuns } from "./known-runs.ts";
import { noOwnKeys, ownKeysOf } from "./own-keys.ts";
import type { KeyFile } from "./own-keys.ts";
import { createPatientFiles } from "./patient-files.ts";
import type { PatientFilesOptions } from "./patient-files.ts";
import { Report } from "./report.ts";
import { forgottenFiles } from "./state-files.ts";
import type { StateStore } from "./state-store.ts";

/** A temporary file this old belongs to a process that was killed while it wrote. */
const leftoverMs = 600_000;
/** Longer than any time that is told. */
const mostTimeLength = 64;

/**
 * The store in `directory`; it is made by the first write, and again when it was removed, where that is possible.
 * Removes what killed writers left behind. `tell` is told of each read that the system refuses. A file system that does not answer
 * has lost what is read, and refuses what is written.
 */
export async function openStateDirectory(
  options: PatientFilesOptions & { readonly clock: Clock },
): Promise<StateStore> {
  const { directory, clock } = options;
  const { read, replace, remove, write, look } = createPatientFiles(options);
  const events = createEventLog(directory, read);
  await look(
    async () => removeLeftovers(directory, clock),
    () => undefined,
  );
  let stopped: string | undefined;
  return {
    readLedger: async () => parseLedger(await read("ledger.json")),
    writeLedger: (ledger) => replace("ledger.json", `${JSON.stringify({ ...ledger, known: true })}\n`),
    readConfig: (which) => read(`${which}.yaml`),
    writeConfig: (which, text) => replace(`${which}.yaml`, text),
    readIdentity: async () => {
      const path = join(directory, "identity.key");
      const file = await look(
        async () => lookAtKey(path),
        (unreadable) => ({ path, unreadable }),
      );
      return file === undefined ? noOwnKeys : ownKeysOf(file);
    },
    makeIdentity: (text) => write("identity.key", async (path) => makeFile(path, text)),
    writeIdentity: (text) => replace("identity.key", text),
    readDelivery: async () => DeliveryRecord.safeParse(parseJson(await read("delivery.json"))).data,
    writeDelivery: (record) => replace("delivery.json", `${JSON.stringify(record)}\n`),
    readSightings: async () => KeptSightings.safeParse(parseJson(await read("sightings.json"))).data,
    writeSightings: (kept) => replace("sightings.json", `${JSON.stringify(kept)}\n`),
    readCare: async () => KeptCare.safeParse(parseJson(await read("care.json"))).data,
    writeCare: (kept) => replace("care.json", `${JSON.stringify(kept)}\n`),
    readRuns: async () => KnownRuns.safeParse(parseJson(await read("runs.json"))).data,
    writeRuns: (known) => replace("runs.json", `${JSON.stringify(known)}\n`),
    readReport: async () => Report.safeParse(parseJson(await read("report.json"))).data,
    writeReport: (report) => replace("report.json", `${JSON.stringify(report, undefined, 1)}\n`),
    appendEvent: (event) => write("events.jsonl", async () => events.append(event)),
    readEvents: (limit) => events.read(limit),
    stoppedSince: async () => {
      // a disk that fails now does not set a host that was reset to work again
      stopped = (await read("stopped", { refused: stopped }))?.slice(0, mostTimeLength).trim();
      return stopped;
    },
    setStopped: (since) => (since === undefined ? remove("stopped") : replace("stopped", `${since}\n`)),
    forget: async () => {
      for (const name of forgottenFiles) await remove(name);
    },
    trouble: () => look(async () => troubleOf(directory), cannotBeUsed),
  };
}

function cannotBeUsed(reason: string): string {
  return `the state directory cannot be used (${reason})`;
}

/** A directory that is not there yet is made by the first write. */
async function troubleOf(directory: string): Promise<string | undefined> {
  try {
    const stats = await stat(directory);
    if (!stats.isDirectory()) return cannotBeUsed("it is no directory");
    // a mounted directory stays, nameless, until the mount goes
    if (stats.nlink === 0) return "the state directory was removed (make it again and restart the agent's container)";
    const { bavail, ffree, files } = await statfs(directory);
    // some file systems make inodes as they need them and count none
    if (bavail === 0 || (files > 0 && ffree === 0)) return "the disk of the state directory is full";
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (errorCode(error) === "ENOENT") return undefined;
    return cannotBeUsed(error.message);
  }
}

async function lookAtKey(path: string): Promise<KeyFile | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : { path, text, mode: (await stat(path)).mode };
}

function parseLedger(text: string | undefined): Awaited<ReturnType<StateStore["readLedger"]>> {
  if (text === undefined) return { ledger: emptyLedger };
  const parsed = Ledger.safeParse(parseJson(text));
  if (parsed.success) {
    const { ledger, dropped } = withoutForeignEntries({ ...parsed.data, known: true });
    return dropped === 0
      ? { ledger }
      : { ledger, warning: `${dropped} entries of the ledger are left out: no agent wrote them` };
  }
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
    if (stats === undefined || clock.now() - stats.mtimeMs <= leftoverMs) continue;
    // on a disk that takes nothing it stays, and does no harm
    await rm(path, { force: true }).catch(() => undefined);
  }
}
