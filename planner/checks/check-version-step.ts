// From the version of the last split to this one: what may run side by side while hosts take it up one after the other.
import type { Finding } from "#shared/document/finding.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { apiServerVersions } from "./check-skew.ts";

/**
 * What hosts have taken up the planner does not know: that the step is right by the last split says nothing of a delivery.
 */
export function versionStepWarnings(cluster: Cluster, state: KubernetesState | undefined): readonly Finding[] {
  const before = state?.apiServers;
  const now = apiServerVersions(cluster);
  if (before === undefined || now === undefined || now.newest <= before.oldest) return [];
  const hosts = [...(cluster.kubernetes?.controlPlane ?? [])].join(", ");
  return [
    {
      path: ["kubernetes", "version"],
      problem: `the last split gave out 1.${before.oldest}, and nothing proves that it was delivered to ${hosts}`,
      hint: `deliver 1.${before.oldest} everywhere before 1.${now.newest}: flexkube-agent status tells on each host; an agent holds its API server while another is two minor versions below`,
    },
  ];
}

/**
 * API servers are at most one minor version apart, and do not go back: etcd may hold objects that an older one cannot read.
 * Source: Kubernetes' version skew policy.
 */
export function checkVersionStep(cluster: Cluster, state: KubernetesState | undefined): readonly Finding[] {
  const before = state?.apiServers;
  const now = apiServerVersions(cluster);
  if (before === undefined || now === undefined) return [];
  const path = ["kubernetes", "version"];
  if (now.newest > before.oldest + 1)
    return [
      {
        path,
        problem: `the cluster was split with 1.${before.oldest}; API servers of it and of 1.${now.newest} would run side by side`,
        hint: `split and deliver 1.${before.oldest + 1} first; for a cluster that is not up: split --force-version`,
      },
    ];
  if (now.oldest >= before.oldest && now.newest >= before.newest) return [];
  return [
    {
      path,
      problem: `the cluster was split with 1.${before.newest}; API servers do not go back to 1.${now.oldest}`,
      hint: `when none has run 1.${before.newest} yet, or with etcd's data of before: split --force-version`,
    },
  ];
}
