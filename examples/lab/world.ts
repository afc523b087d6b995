// What the agent keeps on a host, in a form in which two looks can be compared.
import type { LabHost } from "./host.ts";

/** Name of each container and file to what changes when it is touched. */
export type World = Readonly<Record<string, string>>;

/** Id and start time of each container of ours, inode and mtime of each file: equal means untouched. */
export async function worldOf(host: LabHost): Promise<World> {
  const ids = (await host.docker("ps", "-aq", "--no-trunc", "--filter", "label=flexkube.spec"))
    .split(/\s+/)
    .filter((id) => id !== "");
  const told =
    ids.length === 0 ? "" : await host.docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...ids);
  const files = await host.exec("find", "/etc/kubernetes", "-type", "f", "-exec", "stat", "-c", "%n %i %Y", "{}", ";");
  const lines = `${told}${files}`
    .trim()
    .split("\n")
    .toSorted((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
}

/** Names of what differs between two worlds. */
export function changes(one: World, other: World): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).toSorted((a, b) => (a < b ? -1 : 1));
}
