// flexkube-planner init.
import { dirname } from "node:path";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import type { Effects } from "./effects.ts";
import type { Options } from "./parse-options.ts";
import { starterConfig } from "./starter-config.ts";

const publicFile = 0o644;

/** Writes the starter. Throws INTERNAL_USAGE when the file exists and --force was not given. */
export async function initCommand({ file, force }: Options, { files, print }: Effects): Promise<number> {
  if (!force && (await files.readFile(file)) !== undefined)
    throw new FlexkubeError("INTERNAL_USAGE", "the file exists", {
      argument: file,
      reason: "the file exists; --force overwrites it",
    });
  await files.makeDirectory(dirname(file), 0o755);
  await files.writeFileAtomic(file, Buffer.from(starterConfig), publicFile);
  print(`${file} written; edit it, then run: flexkube-planner split ${file}\n`);
  return exitCodes.ok;
}
