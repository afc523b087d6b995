// A program out of one of the lab's images, to be run on this machine as the operator's.
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabImage } from "./images.ts";
import { runCommand } from "./run-command.ts";

/** Unpacks `path` (without a leading slash) of the image below `directory`; resolves to where it is. */
export async function programOf({ tar }: LabImage, path: string, directory: string): Promise<string> {
  // docker load takes nothing else
  const [{ Layers }] = JSON.parse(await runCommand(["tar", "-xOf", tar, "manifest.json"])) as [
    { readonly Layers: readonly string[] },
  ];
  const program = join(directory, path);
  await mkdir(dirname(program), { recursive: true });
  // `bin` is a link to `usr/bin` in some images, and not in others
  const names = [path, path.replace(/^usr\//, "")].flatMap((name) => [`./${name}`, name]);
  for (const layer of Layers.toReversed()) {
    const there = (await shell('tar -xOf "$1" "$2" | tar -t', tar, layer)).split("\n");
    const member = names.find((name) => there.includes(name));
    if (member === undefined) continue;
    await shell(
      'tar -xOf "$1" "$2" | tar -xOf - "$3" >"$4.new"; chmod 755 "$4.new"; mv "$4.new" "$4"',
      tar,
      layer,
      member,
      program,
    );
    return program;
  }
  throw new Error(`no ${path} in ${tar}`);
}

async function shell(script: string, ...args: readonly string[]): Promise<string> {
  return runCommand(["bash", "-euo", "pipefail", "-c", script, "bash", ...args]);
}
