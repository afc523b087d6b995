// From a path of a host config to the path of the cluster config that it comes from.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Path } from "#shared/document/path.ts";
import { poolOfCaSecret } from "./components/api-load-balancers.ts";
import { ownField } from "./fragment/etcd-secrets.ts";
import { ownEtcdClientField } from "./fragment/etcd-client.ts";
import { kubernetesPath } from "./kubernetes-path.ts";
import { layeredPath } from "#planner/cluster/layers/layered-path.ts";

/** The override's path where the host's override says the field, else the section's. */
export function clusterPath(config: ClusterConfig, host: string, path: Path): Path {
  const [section, ...rest] = path;
  if (section === "agent") return agentPath(rest);
  if (section === "secrets") return secretPath(String(rest[0]));
  if (section === "etcd") return layeredPath(config, { section: ["etcd"], host, rest: etcdField(rest) });
  if (section === "apiLoadBalancers" || section === "containers") {
    const [name = "", ...field] = rest;
    // the pool that the config need not name
    if (section === "apiLoadBalancers" && !Object.hasOwn(config.apiLoadBalancers, name)) return ["kubernetes"];
    return layeredPath(config, { section: [section, name], host, rest: field });
  }
  return kubernetesPath(config, host, path) ?? (section === "cluster" ? ["name"] : ["hosts", host]);
}

function agentPath([field, ...rest]: Path): Path {
  if (field === "imageDirectory") return ["images", "directory"];
  if (field === "registries") return ["images", "registries", ...rest];
  return field === undefined ? ["agent"] : ["agent", field, ...rest];
}

/** What the planner computes stands at the section itself. */
function etcdField([field, ...rest]: Path): Path {
  return field === undefined || ["members", "certificates", "name", "address", "bootstrap"].includes(String(field))
    ? []
    : [field, ...rest];
}

function secretPath(secret: string): Path {
  const field = ownField(secret);
  if (field !== undefined) return ["pki", "etcd", field];
  const clientField = ownEtcdClientField(secret);
  if (clientField !== undefined) return ["pki", "etcdClient", clientField];
  const pool = poolOfCaSecret(secret);
  return pool === undefined ? ["secrets", secret] : ["apiLoadBalancers", pool, "ca"];
}
