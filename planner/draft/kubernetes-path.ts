// From a path in a Kubernetes section of a host config to the path of the cluster config that it comes from.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Path } from "#shared/document/path.ts";
import { userManifestOf } from "./components/kubernetes/cluster-objects.ts";
import { layeredPath } from "#planner/cluster/layers/layered-path.ts";
import { selectHosts } from "#planner/cluster/layers/select-hosts.ts";

const controlPlaneParts = new Map([
  ["kubeApiserver", "apiserver"],
  ["kubeControllerManager", "controllerManager"],
  ["kubeScheduler", "scheduler"],
]);
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

/** Undefined for a section that is not Kubernetes'. */
export function kubernetesPath(config: ClusterConfig, host: string, [section, ...rest]: Path): Path | undefined {
  const part = controlPlaneParts.get(String(section));
  if (part !== undefined) return controlPlanePath(config, host, { part, rest });
  const field = computed.has(String(rest[0])) ? [] : rest;
  switch (section) {
    case "kubelet":
    case "node":
      return layeredPath(config, { section: poolPath(config, host), host, rest: field });
    case "kubeProxy":
      return ["network", "proxy", ...field];
    case "podNetwork":
      return ["network", "bridge", ...field];
    case "clusterObjects":
      return objectsPath(config, rest);
    default:
      return undefined;
  }
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
