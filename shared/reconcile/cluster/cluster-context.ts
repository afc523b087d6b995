// What the plans for manifests and releases look at, and how they say that something has to wait. Read only.
import type { DesiredClusterObjects, ObservedCluster } from "#shared/state/applied-objects.ts";
import type { Verdict } from "#shared/state/ledger.ts";
import type { ObservedHelper } from "#shared/state/observed.ts";
import type { Blocked } from "#shared/state/step.ts";

export type ClusterContext = {
  readonly wish: DesiredClusterObjects;
  readonly found: Extract<ObservedCluster, { readonly state: "here" }>;
  readonly now: number;
  readonly jobs: readonly ObservedHelper[];
  /** A failed try of this component with this digest that must not be repeated yet. */
  readonly resting: (component: string, digest: string) => Verdict | undefined;
};

export function waiting(component: string, reason: string): Blocked {
  return { component, container: component, code: "waiting", reason };
}

export function resting(component: string, verdict: Verdict): Blocked {
  const [reason = "", ...details] = verdict.reason.split("\n");
  const blocked = { component, container: component, code: "postponed", reason } as const;
  return details.length === 0 ? blocked : { ...blocked, details };
}
