// How long certificates live and when they are renewed.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Duration } from "#shared/schema/words/words.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";

export type LeafLife = {
  readonly validity: Duration;
  readonly renewAfter: "half" | undefined;
};

type Kept = PlannerState["leaves"];

/** What a cluster that is founded now keeps in its state. */
export const newLeaves: NonNullable<Kept> = { validity: "17520h", renewAfter: "half" };

/** The config's own word counts more; a state without it is that of a cluster founded when a year was the default. */
export function leafLife({ pki }: ClusterConfig, kept: Kept): LeafLife {
  return { validity: pki.validity ?? kept?.validity ?? "8760h", renewAfter: kept?.renewAfter };
}
