// Kubernetes as a whole: sections that need each other, a version that can be run, one pool for each kubelet.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { supportedKubernetes, unsupportedKubernetes } from "#planner/cluster/versions/kubernetes-version.ts";
import { kubernetesPool } from "#planner/cluster/load-balancer-pools.ts";
import { selectHosts } from "#planner/cluster/layers/select-hosts.ts";

export function checkKubernetes(cluster: Cluster): readonly Finding[] {
  const { config, kubernetes } = cluster;
  // a version that the schema refuses is told of there
  if (kubernetes === undefined) return config.kubernetes === undefined ? withoutKubernetes(config) : [];
  const reason = unsupportedKubernetes(kubernetes.version);
  return [
    ...(reason === undefined
      ? []
      : [{ path: ["kubernetes", "version"], problem: reason, hint: `use ${supportedKubernetes}` }]),
    ...checkEtcdOf(cluster),
    ...checkLock(cluster),
    ...checkApiServers(cluster),
    ...checkPools(config),
    ...checkObjects(config),
  ];
}

function withoutKubernetes(config: ClusterConfig): readonly Finding[] {
  const { controlPlane, kubelets, manifests, helmReleases } = config;
  const sections: readonly (readonly [string, boolean])[] = [
    ["controlPlane", controlPlane !== undefined],
    ["kubelets", Object.keys(kubelets).length > 0],
    ["manifests", Object.keys(manifests).length > 0],
    ["helmReleases", Object.keys(helmReleases).length > 0],
  ];
  return sections
    .filter(([, isGiven]) => isGiven)
    .map(([section]) =>
      missing([section], "the section needs a version of Kubernetes", "say kubernetes: { version: … }"),
    );
}

function checkEtcdOf({ config }: Cluster): readonly Finding[] {
  const { controlPlane, etcd, pki } = config;
  if (controlPlane === undefined) return [];
  if (etcd === undefined && controlPlane.etcdServers === undefined)
    return [missing(["controlPlane"], "API servers need etcd", "add the section etcd, or controlPlane.etcdServers")];
  if (pki.etcdClient !== undefined) return [];
  const foreign = [
    ...(controlPlane.etcdServers === undefined ? [] : [["controlPlane", "etcdServers"]]),
    ...(pki.etcd === undefined ? [] : [["pki", "etcd"]]),
  ];
  return foreign.map((path) =>
    missing(path, "API servers need certificates of your own for this etcd", "give pki.etcdClient"),
  );
}

/** Hosts lock each other out in one place: API servers with an etcd of somebody else's where all are members, or none is. */
function checkLock({ config, kubernetes, members }: Cluster): readonly Finding[] {
  if (config.controlPlane?.etcdServers === undefined) return [];
  const hosts = [...(kubernetes?.controlPlane ?? [])];
  const outside = hosts.filter((host) => !(host in members));
  if (outside.length === 0 || outside.length === hosts.length) return [];
  const problem = `the section etcd runs on some hosts of the control plane, but not on ${outside.join(", ")}`;
  return [
    missing(
      ["controlPlane", "etcdServers"],
      `${problem}: these hosts could not lock each other out`,
      "leave etcdServers out, or run the section etcd on all of them or on none",
    ),
  ];
}

/** Nodes of somebody else's control plane: its servers must be said. */
function checkApiServers({ config, kubernetes, pools }: Cluster): readonly Finding[] {
  const servers = pools[kubernetesPool]?.servers ?? {};
  if (kubernetes === undefined || kubernetes.nodes.size === 0 || Object.keys(servers).length > 0) return [];
  if (config.controlPlane !== undefined) return [];
  return [
    missing(
      ["kubelets"],
      "kubelets need API servers",
      `add the section controlPlane, or name servers in apiLoadBalancers.${kubernetesPool}`,
    ),
  ];
}

function checkPools(config: ClusterConfig): readonly Finding[] {
  const taken = new Map<string, string>();
  return Object.entries(config.kubelets).flatMap(([pool, { hosts }]) =>
    selectHosts(config, hosts).flatMap((host): readonly Finding[] => {
      const other = taken.get(host);
      if (other === undefined) taken.set(host, pool);
      return other === undefined
        ? []
        : [
            {
              path: ["kubelets", pool, "hosts"],
              problem: `${host} is in the pool ${other} already`,
              hint: "a host has one kubelet",
            },
          ];
    }),
  );
}

function checkObjects({ controlPlane, manifests, helmReleases }: ClusterConfig): readonly Finding[] {
  if (controlPlane !== undefined) return [];
  return Object.entries({ manifests, helmReleases })
    .filter(([, section]) => Object.keys(section).length > 0)
    .map(([section]) => missing([section], "only hosts of the control plane apply it", "add the section controlPlane"));
}

function missing(path: Path, problem: string, hint: string): Finding {
  return { path, at: "key", problem, hint };
}
