// The header that describes a path of a container's files. Pure.
import type { ArchiveStat } from "./engine.ts";
import { epochMs, PathStat, understood } from "./inspect.ts";

/** Bits of Go's FileMode, whose lower nine are the permissions. */
const goBits = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  pipe: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  characterDevice: 2 ** 21,
  sticky: 2 ** 20,
  irregular: 2 ** 19,
} as const;

const otherTypes = ["device", "pipe", "socket", "characterDevice", "irregular"] as const;

/** Decodes the value of `X-Docker-Container-Path-Stat`. */
export function pathStatOf(header: unknown): ArchiveStat {
  const text = typeof header === "string" ? Buffer.from(header, "base64").toString("utf8") : "null";
  const stat = understood(PathStat, JSON.parse(text), "statArchive");
  const type = typeOf(stat.mode);
  return {
    name: stat.name,
    size: stat.size,
    mode: modeOf(stat.mode),
    type,
    modifiedAt: epochMs(stat.mtime) ?? 0,
    // Podman tells one of everything
    linkTarget: type === "symlink" ? stat.linkTarget : "",
  };
}

function modeOf(goMode: number): number {
  const special =
    (has(goMode, goBits.setuid) ? 0o4000 : 0) |
    (has(goMode, goBits.setgid) ? 0o2000 : 0) |
    (has(goMode, goBits.sticky) ? 0o1000 : 0);
  return (goMode % 0o1000) | special;
}

function typeOf(goMode: number): ArchiveStat["type"] {
  if (has(goMode, goBits.directory)) return "directory";
  if (has(goMode, goBits.symlink)) return "symlink";
  return otherTypes.some((type) => has(goMode, goBits[type])) ? "other" : "file";
}

/** By division, since `&` takes bit 31 for a sign. */
function has(mode: number, bit: number): boolean {
  return Math.floor(mode / bit) % 2 === 1;
}
