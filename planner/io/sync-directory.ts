// Names of a directory that survive a power cut.
import { closeSync, fsync, openSync } from "node:fs";
import { promisify } from "node:util";
import { sharedRun } from "./shared-run.ts";

const synced = promisify(fsync);

/** Resolves when what was renamed there before this call is safe. */
export const syncDirectory = sharedRun(async (path) => {
  const directory = openSync(path, "r");
  try {
    await synced(directory);
  } finally {
    closeSync(directory);
  }
});
