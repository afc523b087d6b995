// How a component on a host reaches the API: by the host's own load balancer.
import type { ApiAccess } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { poolBind } from "#planner/cluster/load-balancer-pools.ts";

/** URL of the host's own load balancer. */
export function apiServerUrl({ pools }: Cluster, host: string): string {
  return urlOf(poolBind(pools["kubernetes"], host));
}

/** Access with the client certificate `kubernetes/<name>.crt`. */
export function apiAccess(cluster: Cluster, host: string, name: string): ApiAccess {
  return {
    server: apiServerUrl(cluster, host),
    ca: "kubernetes/ca.crt",
    certificate: `kubernetes/${name}.crt`,
    key: `kubernetes/${name}.key`,
  };
}

/** `https://127.0.0.1:7443`; addresses of no interface stand for the loopback. */
export function urlOf({ address, port }: { readonly address: string; readonly port: number }): string {
  const reached = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  return `https://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}
