// From a path of a host config to the path of the cluster config that it comes from.
import type { Section } from "#shared/components/component.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Path } from "#shared/document/path.ts";
import { ownValue } from "#shared/own-value.ts";
import { poolOfCaSecret } from "./components/api-load-balancers.ts";
import { ownField } from "./fragment/etcd-secrets.ts";
import { ownEtcdClientField } from "./fragment/etcd-client.ts";
import type { PathOf } from "./kubernetes-path.ts";
import { kubernetesPaths } from "./kubernetes-path.ts";
import { layeredPath } from "#planner/cluster/layers/layered-path.ts";

/** Complete: a section of the host config that nobody leads back does not compile. */
const paths: { readonly [Name in Section | "agent" | "cluster" | "secrets"]: PathOf } = {
  cluster: () => ["name"],
  agent: (_config, _host, rest) => agentPath(rest),
  etcd: (config, host, rest) => layeredPath(config, { section: ["etcd"], host, rest: etcdField(rest) }),
  apiLoadBalancers: (config, host, [pool = "", ...rest]) =>
    // the pool that the config need not name
    Object.hasOwn(config.apiLoadBalancers, pool)
      ? layeredPath(config, { section: ["apiLoadBalancers", pool], host, rest })
      : ["kubernetes"],
  disruption: ofHost,
  apiServersFirst: ofHost,
  ...kubernetesPaths,
  containers: (config, host, [name = "", ...rest]) =>
    layeredPath(config, { section: ["containers", name], host, rest }),
  secrets: (_config, _host, rest) => secretPath(String(rest[0])),
};

/** The override's path where the host's override says the field, else the section's. */
export function clusterPath(config: ClusterConfig, host: string, [section, ...rest]: Path): Path {
  const pathOf: PathOf = ownValue(paths, String(section)) ?? ofHost;
  return pathOf(config, host, rest);
}

/** What nobody says and follows from the host. */
function ofHost(_config: ClusterConfig, host: string): Path {
  return ["hosts", host];
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
