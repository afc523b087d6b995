// What the data directory is like after the steps of a restore.
import { restoreNames } from "#shared/backup/restore-id.ts";
import type { ObservedPath, ObservedState } from "#shared/state/observed.ts";
import type { EtcdRestoring } from "#shared/state/step.ts";

type Paths = ObservedState["paths"];

/** Whether a try before has left anything where restored data is made. */
export function hasLeft(
  paths: Paths,
  { restore, dataDirectory }: Pick<EtcdRestoring, "restore" | "dataDirectory">,
): boolean {
  return paths.get(`${dataDirectory}/${restoreNames(restore).pending}`)?.type !== "missing";
}

/** Restored data lies beside the member's; whether it may be used is yet to be seen. */
export function pathsWithMade(paths: Paths, { restore, dataDirectory, owner }: EtcdRestoring): Paths {
  const made = `${dataDirectory}/${restoreNames(restore).pending}`;
  return new Map([
    ...paths,
    [made, directory(owner, ["member"])],
    [`${made}/member`, directory(owner, ["snap", "wal"])],
  ]);
}

/** It has taken the place of the member's, which is aside. */
export function pathsWithSwapped(paths: Paths, { restore, dataDirectory, owner }: EtcdRestoring): Paths {
  const { pending, before, marker } = restoreNames(restore);
  const member = `${dataDirectory}/member`;
  const hadMember = paths.get(member)?.type === "directory";
  return new Map<string, ObservedPath>([
    ...paths,
    [`${dataDirectory}/${pending}`, { type: "missing" }],
    [`${dataDirectory}/${pending}/member`, { type: "missing" }],
    [member, directory(owner, [marker, "snap", "wal"])],
    [`${member}/wal`, directory(owner, ["0000000000000000-0000000000000000.wal"])],
    ...(hadMember ? ([[`${dataDirectory}/${before}`, directory(owner, ["member"])]] as const) : []),
  ]);
}

function directory(owner: EtcdRestoring["owner"], entries: readonly string[]): ObservedPath {
  return { type: "directory", mode: 0o700, ...owner, entries };
}
