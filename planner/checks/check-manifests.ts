// Names of manifests and releases, and charts as files. What is in a manifest is told of on the hosts that apply it.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { chartInput } from "#planner/cluster/kubernetes/packed-chart.ts";
import { chartProblem } from "#planner/cluster/kubernetes/packed-chart.ts";

/** Names travel with a prefix in front. */
const longestName = 54;

/** Nothing is said of files that could not be read: `checkInputs` does. */
export function checkManifests({ config, inputs }: Cluster): readonly Finding[] {
  return [
    ...Object.keys(config.manifests).flatMap((name) => checkName(["manifests", name], name)),
    ...Object.entries(config.helmReleases).flatMap(([name, { chart }]) => {
      const text = inputs.get(chartInput(chart));
      const problem = text === undefined ? undefined : chartProblem(Buffer.from(text, "base64"));
      return [
        ...checkName(["helmReleases", name], name),
        ...(problem === undefined ? [] : [{ path: ["helmReleases", name, "chart"], problem: `${chart} ${problem}` }]),
      ];
    }),
  ];
}

function checkName(path: Path, name: string): readonly Finding[] {
  return name.length <= longestName
    ? []
    : [{ path, at: "key", problem: `the name is longer than ${longestName} characters` }];
}
