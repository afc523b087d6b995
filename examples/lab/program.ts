// A program out of one of the lab's images, to be run on this machine as the operator's.
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { LabImage } from "./images.ts";
import { runCommand } from "./run-command.ts";

/** Unpacks `path` (without a leading slash) of the image's one layer into `directory`; resolves to where it is. */
export async function programOf(image: LabImage, path: string, directory: string): Promise<string> {
  const script = 'tar -xOf "$1" layer.tar | tar -xf - -C "$3" "./$2"';
  await runCommand(["bash", "-euo", "pipefail", "-c", script, "bash", image.tar, path, directory]);
  const program = join(directory, path);
  await chmod(program, 0o755);
  return program;
}
