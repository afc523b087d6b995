// All that an agent makes on a host, without what differs from run to run: two worlds are equal when nobody can tell what happened.
import { readdir } from "node:fs/promises";
import { inspectAll } from "#lab/ask-docker.ts";
import { filesBelow, ownerText } from "#lab/files-below.ts";
import type { FoundPath } from "#lab/files-below.ts";
import type { LabHost } from "#lab/host.ts";
import { isTemporaryName } from "#shared/state/temporary-name.ts";

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
  // what a killed writer left is removed by a start ten minutes later (agent/report/state-directory.io.test.ts)
  const names = (await readdir(state)).filter((name) => !name.startsWith("."));
  return { containers, files: files.flat().map(lineOf), state: names.toSorted() };
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
  readonly Config: Readonly<Record<string, unknown>> & { readonly Env?: readonly string[] | null };
  readonly HostConfig: unknown;
};

async function containersOf(host: LabHost): Promise<HostWorld["containers"]> {
  const inspected = (await inspectAll<Inspected>(host)).map(({ Name, State, Config, HostConfig }) => {
    // the host name of a container with a network of its own is its id
    const { Hostname: _, ...config } = Config;
    // Podman has no order for it, and puts the host name in
    const Env = config.Env?.filter((item) => !item.startsWith("HOSTNAME=")).toSorted();
    return { name: Name.replace(/^\//, ""), status: State.Status, asked: { config: { ...config, Env }, HostConfig } };
  });
  return inspected.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function lineOf({ path, stats, digest = "special" }: FoundPath): string {
  return `${path} ${ownerText(stats)} ${stats.isDirectory() ? "directory" : digest}`;
}
