// From a path in a Kubernetes section of a host config to the path of the cluster config that it comes from.
import type { Section } from "#shared/components/component.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Path } from "#shared/document/path.ts";
import { userManifestOf } from "./components/kubernetes/cluster-objects.ts";
import { layeredPath } from "#planner/cluster/layers/layered-path.ts";
import { selectHosts } from "#planner/cluster/layers/select-hosts.ts";

/** Fields that the planner computes stand at the section itself. */
const computed = new Set([
  "api",
  "certificates",
  "encryption",
  "rollout",
  "node",
  "name",
  "nodes",
  "routes",
  "podCidr",
  "clusterCidr",
]);

/** Where the cluster config says what a section of a host says at this path. */
export type PathOf = (config: ClusterConfig, host: string, rest: Path) => Path;

/** The sections of Kubernetes' programs, of nodes and of objects. */
export const kubernetesPaths = {
  kubeApiserver: (config, host, rest) => controlPlanePath(config, host, { part: "apiserver", rest }),
  kubeControllerManager: (config, host, rest) => controlPlanePath(config, host, { part: "controllerManager", rest }),
  kubeScheduler: (config, host, rest) => controlPlanePath(config, host, { part: "scheduler", rest }),
  podNetwork: (_config, _host, rest) => ["network", "bridge", ...said(rest)],
  kubelet: pooledPath,
  kubeProxy: (_config, _host, rest) => ["network", "proxy", ...said(rest)],
  node: pooledPath,
  clusterObjects: (config, _host, rest) => objectsPath(config, rest),
} as const satisfies { readonly [Name in Section]?: PathOf };

/** The path of a field that somebody can have said. */
function said(rest: Path): Path {
  return computed.has(String(rest[0])) ? [] : rest;
}

function pooledPath(config: ClusterConfig, host: string, rest: Path): Path {
  return layeredPath(config, { section: poolPath(config, host), host, rest: said(rest) });
}

function controlPlanePath(
  config: ClusterConfig,
  host: string,
  { part, rest }: { readonly part: string; readonly rest: Path },
): Path {
  const [field] = rest;
  if (part === "apiserver" && field === "bind") return ["controlPlane", "port"];
  if (part === "apiserver" && field === "etcdServers") return ["controlPlane", "etcdServers"];
  if (part === "apiserver" && field === "auditLogDirectory") return ["controlPlane", "audit", "directory"];
  if (computed.has(String(field))) return ["controlPlane"];
  return layeredPath(config, { section: ["controlPlane"], host, rest, part });
}

function poolPath(config: ClusterConfig, host: string): Path {
  const pools = Object.keys(config.kubelets).toSorted();
  const pool = pools.find((name) => selectHosts(config, config.kubelets[name]?.hosts ?? []).includes(host));
  return pool === undefined ? ["kubelets"] : ["kubelets", pool];
}

function objectsPath(config: ClusterConfig, [field, name, ...rest]: Path): Path {
  if (field === "releases") return ["helmReleases", ...(name === undefined ? [] : [name]), ...rest];
  if (field !== "manifests") return ["addons", ...(field === undefined || field === "api" ? [] : [field])];
  const manifest = userManifestOf(String(name));
  if (manifest === undefined) return ["addons"];
  // content and secret of the host stand for the one source that the config names
  const source = config.manifests[manifest]?.file === undefined ? "content" : "file";
  return ["manifests", manifest, ...(rest.length === 0 ? [] : [source])];
}
