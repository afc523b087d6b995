// What is known of the hosts at this moment, and what is remembered of it.
import { privateFile } from "#planner/io/modes.ts";
import { join } from "node:path";
import { isFlexkubeError } from "#shared/errors.ts";
import { rowsText } from "#shared/printable.ts";
import type { Effects, ProgramEffects } from "#planner/effects.ts";
import type { Evidence, Fleet } from "#planner/fleet/fleet.ts";
import { seenFileName, seenText } from "#planner/fleet/seen-reports.ts";
import type { Wanted } from "#planner/fleet/wanted.ts";
import type { ApiAccess } from "#planner/io/https-api.ts";
import { carriedReports } from "./carried-reports.ts";
import { nodeWords } from "./node-words.ts";

export type EvidenceSources = { readonly from: string | undefined; readonly access: ApiAccess | undefined };

/** Throws FILES_UNREADABLE for the directory, and KUBERNETES_*. */
export async function evidenceNow({ from, access }: EvidenceSources, effects: ProgramEffects): Promise<Evidence> {
  const carried = from === undefined ? [] : await carriedReports(from, effects);
  return { carried, nodes: access === undefined ? undefined : await nodeWords(access, effects) };
}

type Remembering = { readonly wanted: Wanted; readonly directory: string };

/** A PKI directory that cannot be written, such as a copy that is read-only, is a warning. */
export async function remember(
  { seen }: Fleet,
  { wanted, directory }: Remembering,
  { files, printError }: Effects,
): Promise<Wanted> {
  if (seen === wanted.seen) return wanted;
  try {
    await files.writeFileAtomic(join(directory, seenFileName), Buffer.from(seenText(seen)), privateFile);
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
    const { path, reason } = error.details;
    printError(rowsText([`warning: it is not remembered which reports were here: ${path}: ${reason}`]));
  }
  return { ...wanted, seen };
}
