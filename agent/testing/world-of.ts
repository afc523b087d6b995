// What is on a host in memory: to be compared with what it would be had nothing gone wrong.
import assert from "node:assert/strict";
import { isTemporaryName } from "#shared/state/temporary-name.ts";
import { data } from "./container-texts.ts";
import type { FakeHost } from "./fake-host.ts";

/** Everything that should be equal in the end, whatever went wrong on the way. */
export function worldOf({ engine, disruption }: FakeHost): unknown {
  const containers = engine.containers.map(({ name, state, restart, image, labels }) => [
    name,
    state,
    restart,
    image,
    labels["flexkube.spec"],
  ]);
  const failed = disruption.failed.map(({ component, rollout }) => [component, rollout]);
  const owners = ["/etc", data].flatMap((directory) => ownersBelow(engine, directory));
  return { containers, files: filesBelow(engine, "/etc"), owners, failed };
}

/** Of the file itself, as `uid:gid`. */
export function ownerOf({ host }: FakeHost["engine"], path: string): string {
  const { uid, gid } = host.lstat(path);
  return `${uid}:${gid}`;
}

function ownersBelow(engine: FakeHost["engine"], directory: string): readonly string[] {
  if (!engine.host.exists(directory)) return [];
  const below = engine.host.list(directory).map((entry) => `${directory}/${entry}`);
  const all = below.flatMap((path) =>
    engine.host.lstat(path).type === "directory" ? ownersBelow(engine, path) : [`${path} ${ownerOf(engine, path)}`],
  );
  return [`${directory} ${ownerOf(engine, directory)}`, ...all];
}

function filesBelow(engine: FakeHost["engine"], directory: string): readonly string[] {
  if (!engine.host.exists(directory)) return [];
  return engine.host.list(directory).flatMap((entry) => {
    const path = `${directory}/${entry}`;
    if (engine.host.stat(path).type === "directory") return [path, ...filesBelow(engine, path)];
    return [`${path}: ${engine.host.text(path)}`];
  });
}

/** At most one running container for each that is desired. */
export function assertOneEach({ engine }: FakeHost, at: string): void {
  const running = engine.containers
    .filter((container) => container.state === "running")
    .map((container) => container.labels["flexkube.container"]);
  const ours = running.filter((name) => name !== undefined);
  assert.equal(new Set(ours).size, ours.length, at);
}

/** Temporary files and helper containers that nobody needs any more. */
export function leftoversOf({ engine }: FakeHost): readonly string[] {
  const files = filesBelow(engine, "/etc").map((line) => line.replace(/: .*$/s, ""));
  return [
    ...files.filter((path) => isTemporaryName(path.slice(path.lastIndexOf("/") + 1))),
    ...engine.containers.map(({ name }) => name).filter((name) => /^flexkube-|\.(old|new)$/.test(name)),
  ];
}
