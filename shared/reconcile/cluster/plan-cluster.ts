// What has to be done with the objects of the cluster: applied, pruned, installed, uninstalled. Pure and deterministic.
import type { DesiredClusterObjects } from "#shared/state/applied-objects.ts";
import { objectsComponent } from "#shared/state/cluster-components.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { waiting } from "./cluster-context.ts";
import type { ClusterContext } from "./cluster-context.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { planManifests } from "./plan-manifests.ts";
import { planReleases } from "./plan-releases.ts";
import type { Verdict } from "#shared/state/ledger.ts";
import type { Blocked, Step } from "#shared/state/step.ts";
import { imageOfStep } from "#shared/state/step-traits.ts";

export type ClusterPlan = {
  readonly steps: readonly Step[];
  readonly blocked: readonly Blocked[];
  /** Images of kubectl and Helm that the steps need. */
  readonly images: readonly { readonly images: readonly string[]; readonly component: string }[];
  readonly notes: readonly string[];
};

const nothing: ClusterPlan = { steps: [], blocked: [], images: [], notes: [] };

/** Steps of one manifest or release have one component, so that a failing one does not stop the others. */
export function planCluster(desired: DesiredState, observed: ObservedState): ClusterPlan {
  const { clusterObjects: wish } = desired;
  const { cluster: found } = observed;
  if (wish === undefined || found === undefined) return nothing;
  if (found.state === "unreachable") return { ...nothing, blocked: [waiting(objectsComponent, found.reason)] };
  if (found.state === "elsewhere")
    return { ...nothing, notes: [`the objects of the cluster are applied by ${found.holder}`] };
  if (found.state === "outdated") return { ...nothing, blocked: [waiting(objectsComponent, outdated(wish, found))] };
  const context: ClusterContext = {
    wish,
    found,
    now: observed.now,
    // one that was never started is left over
    jobs: observed.helpers.filter(({ state }) => state !== "created"),
    resting: (component, digest) => restingVerdict(desired, observed, { component, digest }),
  };
  const parts = [planManifests(context), planReleases(context)];
  return {
    steps: parts.flatMap(({ steps }) => steps),
    blocked: parts.flatMap(({ blocked }) => blocked),
    images: parts.flatMap(({ steps }) => steps).flatMap(imageOf),
    notes: found.held ? [] : ["nobody applies the objects of the cluster yet: this host would"],
  };
}

function outdated({ generation }: DesiredClusterObjects, found: { readonly generation: number }): string {
  const own = generation === 0 ? "without a generation" : `of generation ${generation}`;
  return `the cluster has objects of generation ${found.generation}, and this host config's are ${own}; deliver the newest host config`;
}

function restingVerdict(
  { config }: DesiredState,
  { ledger, now }: ObservedState,
  about: { readonly component: string; readonly digest: string },
): Verdict | undefined {
  const verdict = ledger.verdicts[about.component];
  const holds = verdict?.digest === about.digest && verdict.config === config && (verdict.until ?? 0) > now;
  return holds ? verdict : undefined;
}

function imageOf(step: Step): ClusterPlan["images"] {
  const image = imageOfStep(step);
  return image === undefined ? [] : [{ images: [image], component: step.component }];
}
