// The host files of a split, one after the other: generations, what is there already, and what has to be written.
// It must not keep a text: those of ten thousand hosts are gigabytes.
import { join } from "node:path";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import type { FoundFile } from "#planner/io/file-io.ts";
import type { Counted } from "#planner/split/count-objects.ts";
import { countObjects } from "#planner/split/count-objects.ts";
import { hostFileName } from "#planner/life/host-file.ts";
import type { HostChange } from "#planner/split/place-host.ts";
import { placeInTurn } from "#planner/split/place-in-turn.ts";
import { resolveSecrets } from "#planner/split/resolve-secrets.ts";
import type { Effects } from "#planner/effects.ts";
import type { PreparedSplit } from "#planner/split/prepared-split.ts";
import type { startProgress } from "./progress.ts";

export type Place = {
  readonly pki: PreparedSplit["pki"];
  readonly state: PlannerState;
  readonly directories: PreparedSplit["directories"];
  readonly files: Effects["files"];
  readonly progress: ReturnType<typeof startProgress>;
  /** How many changed hosts are told of. */
  readonly shown: number;
};

/** The generation of the cluster's objects, if any host has them. */
export async function countAll(
  drafts: readonly HostDraft[],
  { pki, state, directories, files }: Place,
): Promise<Counted | undefined> {
  const known = state.kubernetes?.objects;
  const having = drafts.filter(({ config }) => config.clusterObjects !== undefined);
  const [first] = having;
  if (first === undefined) return known;
  const found: string[] = [];
  for (const { host } of having) {
    const file = await files.readFile(join(directories.out, hostFileName(host)));
    if (file !== undefined) found.push(textOf(file));
  }
  const { hashKey } = state;
  return countObjects({ config: resolveSecrets(first, pki, hashKey), hashKey, known, found });
}

/** Every host, in the order of the drafts. Throws CONFIG_INVALID for what is not the cluster's. */
export async function placeHosts(
  drafts: readonly HostDraft[],
  objects: Counted | undefined,
  { pki, state, directories, files, progress, shown }: Place,
): Promise<readonly HostChange[]> {
  const placed: HostChange[] = [];
  const place = placeInTurn({ pki, state, shown, objects });
  for (const draft of drafts) {
    const file = join(directories.out, hostFileName(draft.host));
    const found = await files.readFile(file);
    const isPrivate = found !== undefined && (found.mode & 0o077) === 0;
    placed.push(place(draft, file, found === undefined ? undefined : { text: textOf(found), isPrivate }));
    progress("split # hosts", placed.length, drafts.length);
  }
  return placed;
}

function textOf({ bytes }: FoundFile): string {
  return Buffer.from(bytes).toString("utf8");
}
