// Network policies that nothing keeps: the built-in network forwards what any of them forbids.
import type { Finding } from "#shared/document/finding.ts";
import { manifestDocuments } from "#shared/schema/manifest-documents.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";

const problem = "nothing keeps network policies with network.plugin bridge: all pods reach all pods";
const hint = "use a network of your own that keeps them (network.plugin: none)";

/** Warnings: policies are no fault, but who writes them relies on them. Those within charts are not seen. */
export function checkNetworkPolicies({ config, inputs, kubernetes }: Cluster): readonly Finding[] {
  if (kubernetes === undefined || config.network.plugin !== "bridge") return [];
  const manifests = Object.entries(config.manifests).filter(([, { content, file }]) =>
    holdsPolicy(content ?? inputs.get(file ?? "") ?? ""),
  );
  return [
    ...(config.addons.networkPolicies === true ? [["addons", "networkPolicies"]] : []),
    ...manifests.map(([name]) => ["manifests", name]),
  ].map((path) => ({ path, problem, hint }));
}

function holdsPolicy(text: string): boolean {
  // reading all of a large manifest takes longer than looking for the word
  if (!text.includes("NetworkPolicy")) return false;
  return manifestDocuments(text).documents.some(({ objects }) =>
    objects.some(({ apiVersion, kind }) => kind === "NetworkPolicy" && apiVersion.startsWith("networking.k8s.io/")),
  );
}
