// What is mounted where, as /proc/<pid>/mountinfo tells it. Pure.

export type Mount = {
  /** Unique while it is mounted. */
  readonly id: string;
  /** Major and minor number of its file system. */
  readonly device: string;
  /** The directory of the file system that is mounted; ends in `//deleted` when it was removed since. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
};

export type MountTable = {
  /** The mount that a path lies on; what is mounted last at a place hides what was there. */
  readonly at: (path: string) => Mount | undefined;
  /** The mount at exactly this place. */
  readonly point: (path: string) => Mount | undefined;
};

/** Lines that are not understood are left out. */
export function parseMountTable(mountinfo: string): MountTable {
  const byPoint = new Map<string, Mount>();
  for (const line of mountinfo.split("\n")) {
    const mount = mountOf(line);
    if (mount !== undefined) byPoint.set(mount.point, mount);
  }
  return {
    point: (path) => byPoint.get(path),
    at: (path) => {
      for (let place = path; ; place = place.slice(0, place.lastIndexOf("/")) || "/") {
        const found = byPoint.get(place);
        if (found !== undefined || place === "/") return found;
      }
    },
  };
}

/** `36 35 98:0 /root /point options optional… - type source options`. */
function mountOf(line: string): Mount | undefined {
  const fields = line.split(" ", 5);
  const [id, , device, root, point] = fields;
  const type = / - (\S+) /.exec(line)?.[1];
  if (id === undefined || device === undefined || root === undefined || point === undefined || type === undefined)
    return undefined;
  return { id, device, root: plain(root), point: plain(point), type };
}

/** Space, tab, newline and backslash are written as octal numbers. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
