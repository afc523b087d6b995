// Decides generation and text of one host's file from its new content, the state and the file that is there.
import { deliveryOf } from "#shared/delivery/delivery-mark.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import { parseHostConfig } from "#shared/schema/parse-host-config.ts";
import { headOf, hostDigest, renderHost } from "./host-file.ts";

/** `rewritten`: the same content, but the bytes or the mode of the file differ, as after a newer planner. */
export type HostChange = {
  readonly host: string;
  readonly change: "new" | "changed" | "rewritten" | "same";
  readonly config: HostConfig;
  readonly generation: number;
  readonly digest: string;
  /** Set when the file has to be written. */
  readonly text?: string | undefined;
  /** What the file held before, when it could be read. */
  readonly old?: HostConfig | undefined;
};

export type PlaceOptions = {
  /** Complete but for its generation. */
  readonly config: HostConfig;
  readonly hashKey: string;
  readonly known: PlannerState["hosts"][string] | undefined;
  /** The file that is there; `isPrivate` when nobody else may read it. */
  readonly found: { readonly text: string; readonly isPrivate: boolean } | undefined;
};

/** The same generation never stands for two contents, even when the state or the file was lost, restored or edited. */
export function placeHost({ config, hashKey, known, found }: PlaceOptions): HostChange {
  const { host } = config;
  const digest = hostDigest(config, hashKey);
  const counted = known === undefined ? 1 : known.digest === digest ? known.generation : known.generation + 1;
  const first = renderAs(config, counted);
  if (found === undefined) return { host, change: "new", digest, ...first };
  // nothing is parsed while the bytes are as they should be
  if (found.text === first.text) return unchanged({ host, digest, ...first, old: first.config }, found.isPrivate);
  const parsed = parseHostConfig(found.text, host);
  const old = parsed.ok ? parsed.value : undefined;
  const isSame = old !== undefined && hostDigest(old, hashKey) === digest;
  const onDisk = old?.generation ?? headOf(found.text)?.generation ?? 0;
  // content that was counted before its file was written keeps its number; the file on disk is a lower bound
  const placed = renderAs(config, Math.max(counted, isSame ? onDisk : onDisk + 1));
  if (found.text === placed.text) return unchanged({ host, digest, ...placed, old }, found.isPrivate);
  // no agent takes a torn or edited file of ours: the host has what was written
  const isTorn = known?.digest === digest && deliveryOf(found.text).by === "broken";
  const before = isTorn ? config : old;
  return { host, change: isSame ? "rewritten" : "changed", digest, ...placed, old: before };
}

function renderAs(config: HostConfig, generation: number) {
  const placed = { ...config, generation };
  return { config: placed, generation, text: renderHost(placed) };
}

function unchanged({ text, ...change }: Omit<HostChange, "change">, isPrivate: boolean): HostChange {
  return isPrivate ? { ...change, change: "same" } : { ...change, change: "rewritten", text };
}
