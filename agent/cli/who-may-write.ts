// Who besides root may write what the agent believes: who may is root on the host.
import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** A sentence for each of them. */
export function openTo(path: string, { uid, gid, mode }: Stats): readonly string[] {
  const others = [...((mode & 0o020) === 0 ? [] : [`group ${gid}`]), ...((mode & 0o002) === 0 ? [] : ["everybody"])];
  const owner = uid === 0 ? [] : [`user ${uid}, who owns it,`];
  const who = [...owner, ...others].join(" and ");
  return who === ""
    ? []
    : [`${path}: ${who} may write it, and whoever may is root on this host: chown root, chmod go-w`];
}

/** The directory in which it is asked for, the one that a link leads to, and those above, where names are not kept by the sticky bit. */
export async function directoriesOpenTo(file: string, { dev, ino }: Stats): Promise<readonly string[]> {
  const holding = new Set([dirname(file)]);
  // a path through /proc/PID/root leads to another process' files, and its words to ours, or to nothing
  const end = await realpath(file).catch(() => file);
  const found = await stat(end).catch(() => undefined);
  const real = dirname(found?.dev === dev && found.ino === ino ? end : file);
  holding.add(real);
  for (let above = dirname(real); !holding.has(above); above = dirname(above)) {
    if (((await stat(above)).mode & 0o1000) === 0) holding.add(above);
    if (above === "/") break;
  }
  const warnings = await Promise.all([...holding].map(async (each) => openTo(`${each}/`, await stat(each))));
  return warnings.flat();
}

/** A directory whose contents are believed, and those above it. One that is not there, or cannot be looked at, is nobody's. */
export async function placeOpenTo(directory: string): Promise<readonly string[]> {
  const stats = await stat(directory).catch(() => undefined);
  if (stats === undefined) return [];
  const above = await directoriesOpenTo(directory, stats).catch(() => []);
  return [...openTo(`${directory}/`, stats), ...above];
}
