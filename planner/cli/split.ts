// flexkube-planner split and diff.
import { rowsText } from "#shared/printable.ts";
import { exitCodes } from "#shared/errors.ts";
import type { Effects, ProgramEffects } from "#planner/effects.ts";
import type { Options } from "./parse-options.ts";
import { withEvidence } from "./split-evidence.ts";
import type { OpenedCluster } from "#planner/split/prepared-split.ts";
import type { PrepareOptions } from "#planner/split/run/prepare-split.ts";
import { openCluster, prepareSplit } from "#planner/split/run/prepare-split.ts";
import { foundingLine, hasChanges, reportSplit } from "#planner/split/report/report-split.ts";
import { pinImages } from "#planner/split/run/pin-images.ts";
import { pinLines } from "#planner/split/report/report-pins.ts";
import { writeSplit } from "#planner/split/run/write-split.ts";

/** Writes what differs, then says what it was. Resolves to the exit code. Throws PKI_LOCKED beside another split. */
export async function splitCommand(options: Options, effects: ProgramEffects): Promise<number> {
  if (options.pin) {
    const pinnedImages = await pinImages(options.file, effects);
    if (!options.json) effects.print(rowsText(pinLines(pinnedImages)));
  }
  const opened = await openCluster(options, effects);
  return runSplit(opened, await withEvidence(options, opened, { effects, writes: true }), effects);
}

/** The same of a cluster config that has been read, also with a restore. */
export async function runSplit(opened: OpenedCluster, options: PrepareOptions, effects: Effects): Promise<number> {
  // before anything of the PKI is read: what a run decides must still be so when it writes
  const lock = await effects.lock.acquire(opened.directories.pki);
  try {
    const prepared = await prepareSplit(opened, options, effects);
    if (!options.json) effects.print(foundingLine(prepared));
    await lock.check();
    await writeSplit(prepared, effects);
    reportSplit(prepared, { ...options, differences: false }, effects);
  } finally {
    await lock.release();
  }
  return exitCodes.ok;
}

/** Says what split would write. Resolves to 2 when there is something, else to 0. */
export async function diffCommand(given: Options, effects: ProgramEffects): Promise<number> {
  const opened = await openCluster(given, effects);
  const options = await withEvidence(given, opened, { effects, writes: false });
  const prepared = await prepareSplit(opened, options, effects);
  if (!options.json) effects.print(foundingLine(prepared));
  reportSplit(prepared, { ...options, differences: true }, effects);
  return hasChanges(prepared) ? exitCodes.changes : exitCodes.ok;
}
