// flexkube-planner init.
import { openFile } from "#planner/io/modes.ts";
import { dirname, join } from "node:path";
import { exitCodes, FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#planner/effects.ts";
import type { Options } from "./parse-options.ts";
import { starterConfig } from "./starter-config.ts";

/**
 * Writes the starter, and makes no directory: one that is not there is more often a slip. Throws INTERNAL_USAGE when the file
 * exists and --force was not given, and FILES_UNWRITABLE.
 */
export async function initCommand({ file, force }: Options, { files, print }: Effects): Promise<number> {
  if (!force && (await files.readFile(file)) !== undefined)
    throw new FlexkubeError("INTERNAL_USAGE", "the file exists", {
      argument: file,
      reason: "the file exists; --force overwrites it",
    });
  try {
    await files.writeFileAtomic(file, Buffer.from(starterConfig), openFile);
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE") || error.details.reason !== "ENOENT") throw error;
    const details = { path: dirname(file), reason: error.details.reason };
    throw new FlexkubeError("FILES_UNWRITABLE", "make the directory of the file first", details, { cause: error });
  }
  print(`${file} written; edit it, then run: flexkube-planner split ${file}\n`);
  print(
    `An editor completes its fields with: flexkube-planner schema >${join(dirname(file), "cluster.schema.json")}\n`,
  );
  return exitCodes.ok;
}
