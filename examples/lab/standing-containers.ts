// The containers of a host that are there to stay. Helpers of the agent come and go beside them: one that is listed may be gone when it is
// asked for, and two lists with and without one say nothing of a change.
import { labelKeys } from "#agent/engine/labels.ts";
import type { LabHost } from "./host.ts";
import { byFirstWord, idsAndStarts } from "./world.ts";

/** Name to id and start of every container but helpers: the agent's, those that it keeps, and strangers'. Sorted by name. */
export async function standingContainers(host: LabHost): Promise<Readonly<Record<string, string>>> {
  const list = await host.docker("ps", "-a", "--no-trunc", "--format", `{{.ID}} {{.Label "${labelKeys.helper}"}}`);
  const ids = list.split("\n").flatMap((line) => {
    const [id = "", helper = ""] = line.split(" ");
    return id === "" || helper !== "" ? [] : [id];
  });
  return byFirstWord((await idsAndStarts(host, ids)).replaceAll(/^\//gm, ""));
}

/** The same without when they started: equal when none was made anew. */
export async function standingIds(host: LabHost): Promise<Readonly<Record<string, string>>> {
  const all = Object.entries(await standingContainers(host));
  return Object.fromEntries(all.map(([name, told]) => [name, told.split(" ")[0] ?? ""]));
}
