// API load balancers: an HAProxy of each pool on each of the pool's hosts.
import type { LoadBalancerPool } from "#shared/schema/cluster-config.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { runsOn } from "#planner/cluster/cluster.ts";
import { userOf } from "#planner/cluster/users.ts";
import { defaultImages, loadBalancerDefaults, logDefaults, pidsLimit } from "#planner/cluster/defaults.ts";
import { kubernetesPool } from "#planner/cluster/load-balancer-pools.ts";
import { mergeLayers } from "#planner/cluster/layers/merge-layers.ts";
import type { CaRequest } from "#planner/pki/types.ts";
import type { Fragment, SecretOrigin } from "#planner/draft/fragment/fragment.ts";
import { caRequest, caSecrets, kubernetesCa } from "#planner/draft/fragment/leaf-certificate.ts";

/** The load balancers on this host, or undefined. */
export function apiLoadBalancers(cluster: Cluster, host: string): Fragment | undefined {
  const names = Object.keys(cluster.pools).toSorted();
  const secrets: Record<string, SecretOrigin> = {};
  const cas: CaRequest[] = [];
  const pools: Record<string, unknown> = {};
  for (const name of names) {
    const pool = cluster.pools[name];
    if (pool === undefined || !runsOn(cluster, `apiLoadBalancers/${name}`, host)) continue;
    const layered = loadBalancer(cluster, pool, host);
    const ca = layered["ca"];
    if (typeof ca === "string" && isPem(ca)) {
      secrets[caSecret(name)] = { from: "given", value: ca };
      pools[name] = { ...layered, ca: caSecret(name) };
    } else pools[name] = layered;
    if (name === kubernetesPool && ca === "kubernetes/ca.crt") {
      Object.assign(secrets, caSecrets);
      cas.push(caRequest(cluster, kubernetesCa));
    }
  }
  return Object.keys(pools).length === 0
    ? undefined
    : { sections: { apiLoadBalancers: pools }, secrets, cas, certificates: [] };
}

/** The pool whose CA a secret of the host is, when the planner named it. */
export function poolOfCaSecret(secret: string): string | undefined {
  return /^api-load-balancer\/(.+)\/ca\.crt$/.exec(secret)?.[1];
}

function caSecret(pool: string): string {
  return `api-load-balancer/${pool}/ca.crt`;
}

/** Whether the field `ca` holds a certificate and not the name of a secret. */
function isPem(ca: string): boolean {
  return ca.includes("\n") || ca.includes("-----");
}

function loadBalancer(cluster: Cluster, pool: LoadBalancerPool, host: string): Readonly<Record<string, unknown>> {
  const { config } = cluster;
  const { hosts: _hosts, overrides, ...section } = pool;
  const image = config.images.haproxy ?? defaultImages.haproxy;
  const driver = overrides[host]?.log?.driver ?? section.log?.driver;
  const layered = mergeLayers(
    { image, ...userOf(cluster, "apiLoadBalancer") },
    pidsLimit,
    loadBalancerDefaults,
    logDefaults(driver),
    section,
    overrides[host],
  );
  const servers = Object.entries(mergeLayers(section.servers, overrides[host]?.servers));
  return { ...layered, servers: Object.fromEntries(servers.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}
