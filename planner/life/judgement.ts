// What comes of comparing one thing that a cluster rests on with what its host configs and the state prove.
import type { Problem } from "#shared/errors.ts";
import type { Kept } from "./kept.ts";

/** A host config that holds it. */
export type Witness = {
  /** The file as the operator names it. */
  readonly file: string;
  readonly host: string;
  readonly generation: number;
  readonly shared: string | undefined;
  readonly own: string | undefined;
};

/** A file of the PKI that is written as a host config holds it. */
export type Restored = {
  readonly id: string;
  /** Below the directory of the PKI. */
  readonly path: string;
  readonly content: string;
  readonly from: string;
};

export type Judgement = { readonly problems: readonly Problem[]; readonly restored: readonly Restored[] };

export type Compared = {
  readonly kept: Kept;
  /** The directory of the PKI. */
  readonly directory: string;
  /** What lies in the PKI, as text. */
  readonly found: { readonly shared: string | undefined; readonly own: string | undefined };
  readonly witnesses: readonly Witness[];
  /** Marks of the last split, of a state that remembers them. */
  readonly known: readonly string[] | undefined;
  /** Nothing says that it was made before. */
  readonly isNew: boolean;
  /** The key of keyed marks. */
  readonly hashKey: string;
};

export const nothingToSay: Judgement = { problems: [], restored: [] };

export const beginAnew = "to begin a new cluster instead: flexkube-planner split --new-cluster";

/** Says that something of this cluster is not there and cannot be had. */
export function lost(file: string, problem: string, hint: string): Judgement {
  return { problems: [{ path: "", file, problem, hint: `${hint}; ${beginAnew}` }], restored: [] };
}
