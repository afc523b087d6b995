// Objects of the cluster, on the hosts of the control plane: one of them applies them.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { defaultImages } from "#planner/cluster/defaults.ts";
import { userOf } from "#planner/cluster/users.ts";
import { addonManifests, type AddonWishes } from "#planner/draft/addons/addon-manifests.ts";
import { isLeaseLock } from "#planner/draft/components/disruption.ts";
import { applierGroups } from "#planner/cluster/kubernetes/applier-group.ts";
import type { Fragment, SecretOrigin } from "#planner/draft/fragment/fragment.ts";
import { apiAccess } from "#planner/draft/fragment/api-access.ts";
import { caRequest, caSecrets, kubernetesCa, leafCertificates } from "#planner/draft/fragment/leaf-certificate.ts";
import { withDefaults } from "#planner/draft/fragment/with-defaults.ts";
import { chartInput } from "#planner/cluster/kubernetes/packed-chart.ts";

/** User manifests come after all add-ons in the order of names. */
const userPrefix = "user-";
const chartPrefix = "kubernetes/chart-";

/** The objects on this host, or undefined. */
export function clusterObjects(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes } = cluster;
  if (kubernetes === undefined || !kubernetes.controlPlane.has(host)) return undefined;
  const { coredns: _coredns, networkPolicies: _policies, ...section } = config.addons;
  const manifests = userManifests(cluster);
  const releases = helmReleases(cluster);
  const helm = Object.keys(releases.entries).length === 0 ? {} : { helmImage: defaultImages.helm };
  const leaf = leafCertificates(cluster, host, [
    {
      name: "applier",
      ca: kubernetesCa,
      commonName: "flexkube-applier",
      group: applierGroups(cluster.state?.applier),
      usage: "client",
    },
  ]);
  return {
    sections: {
      clusterObjects: {
        ...withDefaults(
          { kubectlImage: kubernetes.images.kubectl, ...helm, ...userOf(cluster, "clusterObjects") },
          section,
        ),
        api: apiAccess(cluster, host, "applier"),
        manifests: { ...addonManifests(config, kubernetes, wishesOf(cluster)), ...manifests.entries },
        releases: releases.entries,
      },
    },
    secrets: { ...caSecrets, ...leaf.secrets, ...manifests.secrets, ...releases.secrets },
    cas: [caRequest(cluster, kubernetesCa)],
    certificates: leaf.certificates,
  };
}

/** The entry of `manifests` that a manifest of the host comes from; undefined for an add-on. */
export function userManifestOf(name: string): string | undefined {
  return name.startsWith(userPrefix) ? name.slice(userPrefix.length) : undefined;
}

/** Whether a secret of the host is a chart, which is checked as a file. */
export function isChartSecret(secret: string): boolean {
  return secret.startsWith(chartPrefix);
}

type Entries = {
  readonly entries: Readonly<Record<string, object>>;
  readonly secrets: Readonly<Record<string, SecretOrigin>>;
};

function userManifests({ config, inputs }: Cluster): Entries {
  const entries: Record<string, object> = {};
  const secrets: Record<string, SecretOrigin> = {};
  for (const [name, source] of sortedEntries(config.manifests)) {
    const content = source.content ?? inputs.get(source.file ?? "");
    // a file that cannot be read is told of elsewhere, and stops the split
    if (content === undefined) continue;
    const secret = `kubernetes/manifest-${name}`;
    if (source.secret) secrets[secret] = { from: "given", value: content };
    entries[`${userPrefix}${name}`] = source.secret ? { secret } : { content };
  }
  return { entries, secrets };
}

function helmReleases({ config, inputs }: Cluster): Entries {
  const entries: Record<string, object> = {};
  const secrets: Record<string, SecretOrigin> = {};
  for (const [name, { chart, ...release }] of sortedEntries(config.helmReleases)) {
    const secret = `${chartPrefix}${name}`;
    secrets[secret] = { from: "given", value: inputs.get(chartInput(chart)) ?? "" };
    entries[name] = { ...release, chart: secret };
  }
  return { entries, secrets };
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function wishesOf(cluster: Cluster): AddonWishes {
  return { isLeaseLock: isLeaseLock(cluster), isSealed: cluster.sealed !== undefined, pins: cluster.pins };
}
