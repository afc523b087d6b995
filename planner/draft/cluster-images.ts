// Images that a cluster's hosts and its add-ons run, by whether they have digests.
import type { Finding } from "#shared/document/finding.ts";
import { imageName } from "#shared/image-name.ts";
import { someOf } from "#shared/some-of.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { dnsOf } from "#planner/draft/addons/addon-manifests.ts";
import { imagesOf, pinned } from "#planner/pins/pins.ts";
import type { HostDraft } from "./host-draft.ts";

/** References, sorted. What manifests and charts of the user's run is not among them. */
export function imagesWithoutDigest(cluster: Cluster, drafts: readonly HostDraft[]): readonly string[] {
  const { config, kubernetes, pins } = cluster;
  const dns = kubernetes && dnsOf(config, kubernetes);
  const all = [...drafts.flatMap((draft) => [...imagesOf(draft.config)]), ...(dns ? [pinned(dns.image, pins)] : [])];
  return [...new Set(all)].filter((image) => imageName(image).digest === undefined).toSorted();
}

/** What does not go by its digest although there is a lock file. */
export function checkPins(cluster: Cluster, drafts: readonly HostDraft[]): readonly Finding[] {
  if (cluster.pins === undefined) return [];
  const { lock = "", directory } = cluster.config.images;
  const without = imagesWithoutDigest(cluster, drafts);
  const missing = {
    path: ["images", "lock"],
    problem: `${lock} has no digest of ${someOf(without, 3)}`,
    hint: "flexkube-planner split --pin asks their registries",
  };
  const archives = {
    path: ["images", "directory"],
    problem: "archives have no digests that an engine goes by: images with one are pulled from their registries",
    hint: "leave out either directory or lock",
  };
  return [...(without.length > 0 ? [missing] : []), ...(directory === undefined ? [] : [archives])];
}
