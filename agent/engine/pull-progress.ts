// How far a pull is, from the lines it answers. Pure.
import type { PullProgress } from "./engine.ts";
import type { ProgressLine } from "./inspect.ts";

/** Layer id → what is known of it. */
export type PullState = ReadonlyMap<string, { readonly done: boolean; readonly bytes: number }>;

const doneStatuses = ["Pull complete", "Already exists"];
const layerStatuses = ["Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete"];

/** The state after one more line; lines that are not about a layer change nothing. */
export function pullStateAfter(state: PullState, line: ProgressLine): PullState {
  const { id, status = "" } = line;
  if (id === undefined) return state;
  const known = state.get(id);
  if (known === undefined && ![...doneStatuses, ...layerStatuses].includes(status)) return state;
  const downloaded = status === "Downloading" ? (line.progressDetail?.current ?? 0) : 0;
  const bytes = Math.max(known?.bytes ?? 0, downloaded);
  return new Map([...state, [id, { done: doneStatuses.includes(status), bytes }]]);
}

export function pullProgressOf(state: PullState): PullProgress {
  const layers = [...state.values()];
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return { layers: layers.length, layersDone: layers.filter((layer) => layer.done).length, bytes };
}
