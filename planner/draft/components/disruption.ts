// The disruption lock, on every host with something that runs on several hosts and that one at a time may stop.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { disruptionGroup } from "#planner/draft/addons/disruption-rbac.ts";
import { runsOn } from "#planner/cluster/cluster.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { plainFragment } from "#planner/draft/fragment/fragment.ts";
import { apiAccess } from "#planner/draft/fragment/api-access.ts";
import { etcdClient } from "#planner/draft/fragment/etcd-client.ts";
import { caRequest, caSecrets, kubernetesCa, leafCertificates } from "#planner/draft/fragment/leaf-certificate.ts";

/** The section of this host, or undefined. For the lock in etcd its secrets are those of the host's member or API server. */
export function disruption(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes, members, membership } = cluster;
  const controlPlane = [...(kubernetes?.controlPlane ?? [])].toSorted();
  const isMember = runsOn(cluster, "etcd", host);
  const isApiServer = controlPlane.includes(host);
  // members come and go under the lock: so does the second one
  const isShared =
    (isMember && (Object.keys(members).length > 1 || membership.isOn)) || (isApiServer && controlPlane.length > 1);
  if (!isShared) return undefined;
  const apiServers = Object.fromEntries(
    controlPlane.map((name) => [name, { address: config.hosts[name]?.address, port: config.controlPlane?.port }]),
  );
  const others = isApiServer ? { apiServers } : {};
  if (isApiServer && isLeaseLock(cluster))
    return leaseFragment(cluster, host, { lease: apiAccess(cluster, host, leaf), ...others });
  const etcd = {
    endpoints: endpointsOf(cluster),
    ...(isMember ? {} : apiServerClient(cluster, host)),
    acknowledge: true,
  };
  return plainFragment({ disruption: { etcd, ...others } });
}

/** Whether the API servers' hosts lock each other out by a Lease: their etcd is somebody else's, and they run none. */
export function isLeaseLock({ config, kubernetes, members }: Cluster): boolean {
  const hosts = [...(kubernetes?.controlPlane ?? [])];
  return config.controlPlane?.etcdServers !== undefined && hosts.length > 1 && !hosts.every((host) => host in members);
}

const leaf = "disruption";

/** By a certificate of its own, which is good for this one Lease (`disruptionRbacManifest`). */
function leaseFragment(cluster: Cluster, host: string, section: object): Fragment {
  const { secrets, certificates } = leafCertificates(cluster, host, [
    {
      name: leaf,
      ca: kubernetesCa,
      commonName: `flexkube-disruption:${host}`,
      group: disruptionGroup,
      usage: "client",
    },
  ]);
  return {
    sections: { disruption: section },
    secrets: { ...caSecrets, ...secrets },
    cas: [caRequest(cluster, kubernetesCa)],
    certificates,
  };
}

function endpointsOf({ members }: Cluster): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, { address, clientPort }]) => [name, { address, port: clientPort }]),
  );
}

function apiServerClient(cluster: Cluster, host: string): object {
  const { caSecret } = etcdClient(cluster, host);
  return {
    ...(caSecret === undefined ? {} : { ca: caSecret }),
    certificate: "kubernetes/apiserver-etcd-client.crt",
    key: "kubernetes/apiserver-etcd-client.key",
  };
}
