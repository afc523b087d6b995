// What the agent keeps on a host, in a form in which two looks can be compared.
import type { LabHost } from "./host.ts";

/** Name of each container and file to what changes when it is touched. */
export type World = Readonly<Record<string, string>>;

/** Id and start time of each container of ours, inode and mtime of each file: equal means untouched. */
export async function worldOf(host: LabHost): Promise<World> {
  const ids = (await host.docker("ps", "-aq", "--no-trunc", "--filter", "label=flexkube.spec"))
    .split(/\s+/)
    .filter((id) => id !== "");
  const files = await host.exec("find", "/etc/kubernetes", "-type", "f", "-exec", "stat", "-c", "%n %i %Y", "{}", ";");
  return byFirstWord(`${await idsAndStarts(host, ids)}${files}`);
}

/** Of these containers, a line each: name after a slash, id, start. */
export async function idsAndStarts(host: LabHost, ids: readonly string[]): Promise<string> {
  return ids.length === 0 ? "" : host.docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...ids);
}

/** The first word of each line to the rest of it, in the order of the lines' texts. */
export function byFirstWord(text: string): World {
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .toSorted((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
}

/** Names of what differs between two worlds. */
export function changes(one: World, other: World): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).toSorted((a, b) => (a < b ? -1 : 1));
}
