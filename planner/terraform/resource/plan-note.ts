// What a plan leaves for its apply, beside the planned state: when it was made, and of what. Nothing of it is secret.
import { FlexkubeError } from "#shared/errors.ts";

export type PlanNote = {
  /** Epoch milliseconds; certificates are made and judged by it, so that an apply decides as its plan did. */
  readonly at: number;
  /** SHA-256 by path of the files that were read. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Of what the planner remembered. */
  readonly state: string;
};

export function renderNote({ at, inputs, state }: PlanNote): Uint8Array {
  return Buffer.from(JSON.stringify({ at, inputs: Object.fromEntries(inputs), state }));
}

/** Undefined for none. Throws INTERNAL_BUG for what no plan of ours leaves. */
export function parseNote(bytes: Uint8Array): PlanNote | undefined {
  if (bytes.length === 0) return undefined;
  const found: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
  if (typeof found === "object" && found !== null && "at" in found && "inputs" in found && "state" in found) {
    const { at, inputs, state } = found;
    if (typeof at === "number" && typeof inputs === "object" && inputs !== null && typeof state === "string")
      return { at, inputs: new Map(Object.entries(inputs).map(([path, digest]) => [path, String(digest)])), state };
  }
  throw new FlexkubeError("INTERNAL_BUG", "the plan's note is not one of this provider", { reason: "its fields" });
}

/** What is no longer as it was when the plan was made. */
export function changedSince(note: PlanNote, now: Omit<PlanNote, "at">): readonly string[] {
  const paths = [...new Set([...note.inputs.keys(), ...now.inputs.keys()])].toSorted();
  const files = paths.filter((path) => note.inputs.get(path) !== now.inputs.get(path));
  return [...files, ...(note.state === now.state ? [] : ["state.yaml of the keys' directory"])];
}
