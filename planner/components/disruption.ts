// The disruption lock, on every host with something that runs on several hosts and that one at a time may stop.
import type { Cluster } from "../cluster.ts";
import { runsOn } from "../cluster.ts";
import type { Fragment } from "./fragment.ts";
import { plainFragment } from "./fragment.ts";
import { apiAccess } from "./kubernetes/api-access.ts";
import { etcdClient } from "./kubernetes/etcd-client.ts";

/** The section of this host, or undefined. Its secrets are those of the host's etcd member or API server. */
export function disruption(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes, members } = cluster;
  const controlPlane = [...(kubernetes?.controlPlane ?? [])].toSorted();
  const isMember = runsOn(cluster, "etcd", host);
  const isApiServer = controlPlane.includes(host);
  const isShared = (isMember && Object.keys(members).length > 1) || (isApiServer && controlPlane.length > 1);
  if (!isShared) return undefined;
  const hasOwnEtcd = isMember || (config.etcd !== undefined && config.controlPlane?.etcdServers === undefined);
  const apiServers = Object.fromEntries(
    controlPlane.map((name) => [name, { address: config.hosts[name]?.address, port: config.controlPlane?.port }]),
  );
  return plainFragment({
    disruption: {
      ...(hasOwnEtcd
        ? { etcd: { endpoints: endpointsOf(cluster), ...(isMember ? {} : apiServerClient(cluster, host)) } }
        : { lease: apiAccess(cluster, host, "applier") }),
      ...(isApiServer ? { apiServers } : {}),
    },
  });
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
