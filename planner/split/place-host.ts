// Decides generation and text of one host's file from its new content, the state and the file that is there.
import { deliveryOf } from "#shared/delivery/delivery-mark.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { headOf, hostDigest, isText, renderHost } from "#planner/life/host-file.ts";

/** `rewritten`: the same content, but the bytes or the mode of the file differ, as after a newer planner. */
export type HostChange = {
  readonly host: string;
  readonly change: "new" | "changed" | "rewritten" | "same";
  readonly config: HostConfig;
  readonly generation: number;
  readonly digest: string;
  /** The file has to be written. Its text is made again then: those of ten thousand hosts are gigabytes. */
  readonly isWritten: boolean;
  /** What the file held before, when it could be read and somebody asks. */
  readonly old?: HostConfig | undefined;
};

type Placed = Pick<HostChange, "host" | "digest" | "generation" | "config">;

export type PlaceOptions = {
  /** Complete but for its generation. */
  readonly config: HostConfig;
  readonly hashKey: string;
  readonly known: PlannerState["hosts"][string] | undefined;
  /** The file that is there; `isPrivate` when nobody else may read it. */
  readonly found: { readonly text: string; readonly isPrivate: boolean } | undefined;
  /** Whether `old` is asked for: reading a thousand of them takes seconds. Not asked while the bytes are as they should be. */
  readonly needsOld: () => boolean;
};

/** The same generation never stands for two contents, even when the state or the file was lost, restored or edited. */
export function placeHost({ config, hashKey, known, found, needsOld }: PlaceOptions): HostChange {
  const { host } = config;
  const digest = hostDigest(config, hashKey);
  const counted = known === undefined ? 1 : known.digest === digest ? known.generation : known.generation + 1;
  const as = (generation: number): Placed => ({ host, digest, generation, config: { ...config, generation } });
  const first = as(counted);
  if (found === undefined) return { ...first, change: "new", isWritten: true };
  // nothing is parsed while the bytes are as they should be
  if (isText(renderHost(first.config), found.text)) return unchanged({ ...first, old: first.config }, found.isPrivate);
  if (known !== undefined && !needsOld() && isCounted(found.text, host, known.generation))
    return { ...first, change: known.digest === digest ? "rewritten" : "changed", isWritten: true };
  const parsed = parseHostConfig(found.text, host);
  // a copy: texts that are parts of the file's keep all of that in memory
  const old = parsed.ok ? structuredClone(parsed.value) : undefined;
  const isSame = old !== undefined && hostDigest(old, hashKey) === digest;
  const onDisk = old?.generation ?? headOf(found.text)?.generation ?? 0;
  // content that was counted before its file was written keeps its number; the file on disk is a lower bound
  const placed = as(Math.max(counted, isSame ? onDisk : onDisk + 1));
  if (isText(renderHost(placed.config), found.text)) return unchanged({ ...placed, old }, found.isPrivate);
  // no agent takes a torn or edited file of ours: the host has what was written
  const isTorn = known?.digest === digest && deliveryOf(found.text).by === "broken";
  return { ...placed, change: isSame ? "rewritten" : "changed", isWritten: true, old: isTorn ? config : old };
}

/** Whether the file is, byte for byte, what was written under that generation: then the state knows its content. */
function isCounted(text: string, host: string, generation: number): boolean {
  return (
    text.startsWith(`# Host ${host} of cluster `) &&
    headOf(text)?.generation === generation &&
    deliveryOf(text).by === "planner"
  );
}

function unchanged(placed: Placed & Pick<HostChange, "old">, isPrivate: boolean): HostChange {
  return { ...placed, change: isPrivate ? "same" : "rewritten", isWritten: !isPrivate };
}
