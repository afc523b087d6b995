// The commands of a README, for tests that run them as they stand there.
import { readFile } from "node:fs/promises";

/** The text of all `sh` blocks below the heading, up to the next one. Throws when there is none. */
export async function readCommands(file: string | URL, heading: string): Promise<string> {
  const sections = (await readFile(file, "utf8")).split(/^#+ /m);
  const section = sections.find((text) => text.startsWith(`${heading}\n`));
  const blocks = [...(section ?? "").matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
  if (blocks.length === 0) throw new Error(`${String(file)} has no commands below "${heading}"`);
  return blocks.join("");
}

/** The first command within a line of text that begins so. Throws when there is none. */
export async function readInlineCommand(file: string | URL, beginning: string): Promise<string> {
  const text = (await readFile(file, "utf8")).replaceAll(/^```[^]*?^```$/gm, "");
  const commands = [...text.matchAll(/`([^`\n]+)`/g)].map(([, command = ""]) => command);
  const found = commands.find((command) => command.startsWith(beginning));
  if (found === undefined) throw new Error(`${String(file)} has no command that begins with "${beginning}"`);
  return found;
}

/** The arguments of each command of the planner there, in their order. Throws when another program is among them. */
export async function readPlannerCommands(
  file: string | URL,
  heading: string,
): Promise<readonly (readonly string[])[]> {
  const lines = (await readCommands(file, heading)).trim().split("\n");
  return lines.map((line) => {
    const [program, ...args] = line.split(" ");
    if (program !== "flexkube-planner") throw new Error(`${String(file)}: not a command of the planner: ${line}`);
    return args;
  });
}
