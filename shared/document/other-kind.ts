// A document of ours that was given in place of another: one word says more than all that does not fit.
import type { Finding } from "./finding.ts";

export type DocumentKind = "Cluster" | "Host";

const words: Readonly<Record<DocumentKind, Pick<Finding, "problem" | "hint">>> = {
  Cluster: {
    problem: "this is a cluster config, not a host config",
    hint: "deliver hosts/<name>.yaml, which flexkube-planner split makes of it",
  },
  Host: {
    problem: "this is a host config, not a cluster config",
    hint: "give the cluster config that flexkube-planner split made it of",
  },
};

/** Undefined for what says to be of the wanted kind, or of none of ours. */
export function otherKind(raw: unknown, wanted: DocumentKind): Finding | undefined {
  const kind = typeof raw === "object" && raw !== null && "kind" in raw ? raw.kind : undefined;
  if ((kind !== "Cluster" && kind !== "Host") || kind === wanted) return undefined;
  return { path: ["kind"], ...words[kind] };
}
