// Mounts of containers: two at one place, and sources that Docker takes only with a certain propagation.
import type { ContainerConfig } from "#shared/schema/words/container.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { formatPath } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

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

/** Docker's own directory, unless its configuration says otherwise. */
const engineDirectory = "/var/lib/docker";
const propagating = new Set(["rslave", "rshared"]);

/**
 * Mounts of what holds Docker's directory or lies in it, without the propagation that Docker then asks for. It compares
 * letters, so /var/lib/d holds /var/lib/docker as well (seen with 20.10 and 28.5).
 */
export function checkPropagation(config: HostConfig): readonly Finding[] {
  return Object.entries(config.containers).flatMap(([name, { mounts }]) =>
    mounts.flatMap(({ source, propagation }, index): readonly Finding[] =>
      propagating.has(propagation) || wordsFor(source) === undefined
        ? []
        : [
            {
              path: ["containers", name, "mounts", index, "propagation"],
              problem: `Docker refuses ${propagation} for ${source}, which ${wordsFor(source) ?? ""} its own directory ${engineDirectory}`,
              hint: "set propagation: rslave, or rshared",
            },
          ],
    ),
  );
}

function wordsFor(source: string): string | undefined {
  if (isWithin(source, engineDirectory)) return "lies in";
  if (isWithin(engineDirectory, source)) return "holds";
  const isAlike = source.startsWith(engineDirectory) || engineDirectory.startsWith(source);
  return isAlike ? "begins as does the name of" : undefined;
}

function isWithin(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
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
