// Whether a directory of the host lies on a shared mount, so that what is mounted in a container shows on the host.
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

type Mount = { readonly point: string; readonly shared: boolean };

/**
 * `mountinfo`: the text of /proc/1/mountinfo. `directory` without links in it; it may not exist yet, since the mount of
 * its nearest parent is the one that it will lie on.
 */
export function checkSharedMount(directory: string, mountinfo: string): readonly PreflightFinding[] {
  const mount = mountsIn(mountinfo)
    .filter(({ point }) => point === "/" || point === directory || directory.startsWith(`${point}/`))
    // the longest, and of those at one place the last, which covers the others
    .reduce<Mount | undefined>(
      (best, next) => (best && best.point.length > next.point.length ? best : next),
      undefined,
    );
  if (mount === undefined || mount.shared) return [];
  const { point } = mount;
  const command =
    point === directory
      ? `mount --make-rshared ${directory}`
      : `mkdir -p ${directory} && mount --bind ${directory} ${directory} && mount --make-rshared ${directory}`;
  return [
    {
      check: "shared mount",
      found: `${directory} on ${point}, which is not shared`,
      needed: "a shared mount",
      command: `${command} (after each boot, before Docker starts)`,
    },
  ];
}

/** Fields: id, parent, device, root, mount point, options, any number of optional fields, then `-`. */
function mountsIn(mountinfo: string): readonly Mount[] {
  return mountinfo
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap((fields) => {
      const point = fields[4];
      if (point === undefined) return [];
      const optional = fields.slice(6, fields.indexOf("-", 6));
      return [{ point: unescaped(point), shared: optional.some((field) => field.startsWith("shared:")) }];
    });
}

/** Blanks and backslashes are octal there. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
