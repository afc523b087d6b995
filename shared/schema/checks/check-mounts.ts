// Paths inside one container that two things would be mounted at.
import type { ContainerConfig } from "../container.ts";
import type { Finding, Path } from "../finding.ts";
import { formatPath } from "../finding.ts";
import type { HostConfig } from "../host-config.ts";

/** Each target that is used twice in one container, named at the later use. */
export function checkMounts(config: HostConfig): readonly Finding[] {
  return Object.entries(config.containers).flatMap(([name, container]) => {
    const taken = new Map<string, Path>();
    return targetsOf(container, ["containers", name]).flatMap(({ target, path }): readonly Finding[] => {
      const other = taken.get(target);
      if (other === undefined) taken.set(target, path);
      return other === undefined
        ? []
        : [{ path, problem: `${target} is already mounted by ${formatPath(other)}`, hint: "choose another path" }];
    });
  });
}

function targetsOf(
  container: ContainerConfig,
  path: Path,
): readonly { readonly target: string; readonly path: Path }[] {
  const relative = container.files.filter((file) => !file.path.startsWith("/"));
  const isLive = (effect: string | undefined): boolean => effect !== undefined && effect !== "replace";
  const sealed = relative.some((file) => !isLive(file.effect));
  const live = relative.some((file) => isLive(file.effect));
  return [
    ...(sealed ? [{ target: container.filesAt, path: [...path, "filesAt"] }] : []),
    ...(live ? [{ target: container.liveFilesAt, path: [...path, "liveFilesAt"] }] : []),
    ...container.mounts.map((mount, index) => ({ target: mount.target, path: [...path, "mounts", index, "target"] })),
    ...Object.keys(container.tmpfs).map((target) => ({ target, path: [...path, "tmpfs", target] })),
  ];
}
