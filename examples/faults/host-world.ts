// All that an agent makes on a host, without what differs from run to run: two worlds are equal when nobody can tell what happened.
import { createHash } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { askDocker } from "#lab/ask-docker.ts";
import type { LabHost } from "#lab/host.ts";
import { isTemporaryName } from "#shared/reconcile/temporary-name.ts";

export type HostWorld = {
  /** Every container of the host, of whomever, as it was asked for and whether it runs; sorted by name. */
  readonly containers: readonly { readonly name: string; readonly status: string; readonly asked: unknown }[];
  /** Path, kind, mode, owner and content of everything below the places where our files are. */
  readonly files: readonly string[];
  /** Names in the agent's state directory. */
  readonly state: readonly string[];
};

/** `places`: directories of the host; `state`: the agent's state directory on this machine. */
export async function hostWorld(host: LabHost, places: readonly string[], state: string): Promise<HostWorld> {
  const root = `/proc/${await host.pid()}/root`;
  const [containers, ...files] = await Promise.all([
    containersOf(host),
    ...places.map(async (place) => filesBelow(root, place)),
  ]);
  return { containers, files: files.flat(), state: (await readdir(state)).toSorted() };
}

/** What must not be there once the agent has come to its end: helpers, the lock, containers set aside, unfinished files. */
export function leftovers({ containers, files }: HostWorld): readonly string[] {
  const names = containers.map(({ name }) => name).filter((name) => /^flexkube-|\.old$/.test(name));
  const paths = files.map((line) => line.split(" ")[0] ?? "");
  return [...names, ...paths.filter((path) => isTemporaryName(path.slice(path.lastIndexOf("/") + 1)))];
}

type Inspected = {
  readonly Name: string;
  readonly State: { readonly Status: string };
  readonly Config: Readonly<Record<string, unknown>>;
  readonly HostConfig: unknown;
};

async function containersOf(host: LabHost): Promise<HostWorld["containers"]> {
  // Docker's own document
  const list = (await askDocker(host, "/containers/json?all=1")) as readonly { readonly Id: string }[];
  const inspected = await Promise.all(
    list.map(async ({ Id }) => {
      // Docker's own document
      const { Name, State, Config, HostConfig } = (await askDocker(host, `/containers/${Id}/json`)) as Inspected;
      // the host name of a container with a network of its own is its id
      const { Hostname: _, ...config } = Config;
      return { name: Name.slice(1), status: State.Status, asked: { config, HostConfig } };
    }),
  );
  return inspected.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function filesBelow(root: string, path: string): Promise<readonly string[]> {
  const stats = await lstat(join(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (stats === undefined) return [];
  const about = `${path} ${(stats.mode & 0o7777).toString(8)} ${stats.uid} ${stats.gid}`;
  if (!stats.isDirectory()) {
    const digest = stats.isFile()
      ? createHash("sha256")
          .update(await readFile(join(root, path)))
          .digest("hex")
      : "special";
    return [`${about} ${digest}`];
  }
  const below = await Promise.all(
    (await readdir(join(root, path))).toSorted().map(async (name) => filesBelow(root, `${path}/${name}`)),
  );
  return [`${about} directory`, ...below.flat()];
}
