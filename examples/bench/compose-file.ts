// The same containers and files for docker compose: what `configs:` with contents can say of them. Pure.
import { stringify } from "yaml";
import type { DesiredContainer, DesiredFile } from "#shared/state/desired.ts";
import { reveal } from "#shared/secret.ts";

/** Where the data of containers lies that docker compose runs. */
export const composeDataDirectory = "/var/lib/compose";

/** A compose file. `startArgs` are the arguments of a first start, by container. */
export function composeFile(
  containers: readonly DesiredContainer[],
  startArgs: ReadonlyMap<string, readonly string[]>,
): string {
  const files = containers.flatMap((container) => filesOf(container).map((file) => [container, file] as const));
  return stringify(
    {
      services: Object.fromEntries(
        containers.map((container) => [container.name, serviceOf(container, startArgs.get(container.name) ?? [])]),
      ),
      configs: Object.fromEntries(
        files.map(([container, file]) => [nameOf(container, file), { content: escaped(reveal(file.content)) }]),
      ),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function serviceOf(container: DesiredContainer, startArgs: readonly string[]): object {
  const { spec } = container;
  const command = [...(spec.args ?? []), ...startArgs].map(escaped);
  return {
    container_name: container.name,
    image: spec.image,
    ...(spec.entrypoint === undefined ? {} : { entrypoint: spec.entrypoint }),
    ...(command.length === 0 ? {} : { command }),
    network_mode: spec.networkMode,
    restart: "unless-stopped",
    // as root and with a writable root: contents are copied into the container, and for another user's the engine looks
    // that user up with a program that a host need not have
    user: "root",
    tmpfs: Object.entries(spec.tmpfs).map(([path, options]) => (options === "" ? path : `${path}:${options}`)),
    stop_grace_period: `${spec.stopTimeoutSeconds}s`,
    ...(spec.stopSignal === undefined ? {} : { stop_signal: `SIG${spec.stopSignal.replace(/^SIG/, "")}` }),
    volumes: dataMounts(container),
    configs: filesOf(container).map((file) => ({
      source: nameOf(container, file),
      target: insideOf(container, file),
      uid: String(file.uid),
      gid: String(file.gid),
      mode: file.mode,
    })),
  };
}

function filesOf(container: DesiredContainer): readonly DesiredFile[] {
  return [...(container.sealed?.files ?? []), ...container.live];
}

function dataMounts({ dataDirectories, name, spec }: DesiredContainer): readonly object[] {
  return spec.mounts
    .filter(({ source }) => dataDirectories.some(({ path }) => path === source))
    .map(({ target }) => ({ type: "bind", source: `${composeDataDirectory}/${name}`, target }));
}

function insideOf({ spec }: DesiredContainer, { path }: DesiredFile): string {
  const mount = spec.mounts.find(({ source }) => path.startsWith(`${source}/`));
  return mount === undefined ? path : `${mount.target}${path.slice(mount.source.length)}`;
}

function nameOf({ name }: DesiredContainer, { path }: DesiredFile): string {
  return `${name}-${path.slice(path.lastIndexOf("/") + 1)}`.replaceAll(/[^a-zA-Z0-9._-]/g, "-");
}

/** Compose puts variables in; a doubled sign is a plain one. */
function escaped(text: string): string {
  return text.replaceAll("$", "$$$$");
}
