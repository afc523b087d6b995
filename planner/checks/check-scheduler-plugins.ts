// Plug-ins that a scheduler's profiles enable: it ends at its start when it has none of that name.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { nearest } from "#shared/nearest.ts";
import { isMap } from "#planner/upstream/document-table.ts";

/** kube-scheduler's own, with the first minor version that has them (its framework/plugins/names). */
const since: ReadonlyMap<string, number> = new Map([
  ...[
    "DefaultBinder",
    "DefaultPreemption",
    "DynamicResources",
    "ImageLocality",
    "InterPodAffinity",
    "NodeAffinity",
    "NodeName",
    "NodePorts",
    "NodeResourcesBalancedAllocation",
    "NodeResourcesFit",
    "NodeUnschedulable",
    "NodeVolumeLimits",
    "PodTopologySpread",
    "PrioritySort",
    "SchedulingGates",
    "TaintToleration",
    "VolumeBinding",
    "VolumeRestrictions",
    "VolumeZone",
  ].map((name) => [name, 0] as const),
  ["GangScheduling", 35],
  ["NodeDeclaredFeatures", 35],
  ["PodGroupPodsCount", 36],
  ["TopologyPlacementGenerator", 36],
  ["DeferredPodScheduling", 37],
]);

/** An image of one's own may have others: then nothing is asked. Names that are only disabled do no harm. */
export function checkSchedulerPlugins(
  { profiles }: Readonly<Record<string, unknown>>,
  { minor, path }: { readonly minor: number; readonly path: Path },
): readonly Finding[] {
  const known = [...since].filter(([, first]) => first <= minor).map(([name]) => name);
  return enabledIn(profiles, [...path, "profiles"]).flatMap(({ name, at }): readonly Finding[] => {
    if (name === "*" || known.includes(name)) return [];
    const first = since.get(name);
    const near = nearest(name, known);
    if (first !== undefined) return [{ path: at, problem: `${name} is a plug-in of Kubernetes 1.${first} or newer` }];
    return [
      {
        path: at,
        problem: `kube-scheduler 1.${minor} has no plug-in ${JSON.stringify(name)}`,
        hint: near === undefined ? "one that has it is named in image" : `did you mean ${near}?`,
      },
    ];
  });
}

function enabledIn(profiles: unknown, path: Path): readonly { readonly name: string; readonly at: Path }[] {
  return listOf(profiles).flatMap((profile, index) => {
    const points = isMap(profile) && isMap(profile["plugins"]) ? Object.entries(profile["plugins"]) : [];
    return points.flatMap(([point, set]) =>
      listOf(isMap(set) ? set["enabled"] : undefined).flatMap((each, place) => {
        const name = isMap(each) ? each["name"] : undefined;
        return typeof name === "string"
          ? [{ name, at: [...path, index, "plugins", point, "enabled", place, "name"] }]
          : [];
      }),
    );
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
