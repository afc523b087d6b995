// Names of the containers of a host, and what is wrong with them.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

/** Names whose directory below /etc/kubernetes belongs to something else. */
const reserved = new Map([
  ["etcd", "the etcd member's files lie under this name"],
  ["manifests", "a kubelet may look for static pods there"],
  ["pki", "other tools keep certificates there"],
]);

/** Docker: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`; it has no most. */
const shortest = 2;

/** Docker's name of an etcd member's container. */
export function etcdContainerName(member: string): string {
  return `etcd-${member}`;
}

/** Docker's name of a load balancer pool's container. */
export function loadBalancerContainerName(pool: string): string {
  return `api-load-balancer-${pool}`;
}

/** Docker's names of the Kubernetes components, by their section of the host config. */
const kubernetesContainers = {
  kubeApiserver: ["kube-apiserver"],
  kubeControllerManager: ["kube-controller-manager"],
  kubeScheduler: ["kube-scheduler"],
  podNetwork: ["cni-plugins", "pod-network"],
  kubelet: ["kubelet"],
  kubeProxy: ["kube-proxy"],
} as const satisfies { readonly [Section in keyof HostConfig]?: readonly string[] };

/** Every container of the host with the path of what makes it, in document order. */
export function containerNames(config: HostConfig): readonly { readonly name: string; readonly path: Path }[] {
  return [
    ...(config.etcd === undefined ? [] : [{ name: etcdContainerName(config.etcd.name), path: ["etcd"] }]),
    ...Object.keys(config.apiLoadBalancers).map((pool) => ({
      name: loadBalancerContainerName(pool),
      path: ["apiLoadBalancers", pool],
    })),
    ...Object.entries(kubernetesContainers).flatMap(([section, names]) =>
      // the keys of the table are those of the host config
      config[section as keyof typeof kubernetesContainers] === undefined
        ? []
        : names.map((name) => ({ name, path: [section] })),
    ),
    ...Object.keys(config.containers).map((name) => ({ name, path: ["containers", name] })),
  ];
}

/** Clashing, reserved and too short names. */
export function checkContainerNames(config: HostConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const taken = new Map<string, Path>();
  for (const { name, path } of containerNames(config)) {
    const other = taken.get(name);
    if (other !== undefined)
      findings.push({
        path,
        at: "key",
        problem: `the container name ${name} is taken by ${other.join(".")}`,
        hint: "choose another name",
      });
    if (name.length < shortest)
      findings.push({
        path,
        at: "key",
        problem: `the container name ${name} is too short: Docker takes names of two characters or more`,
        hint: "choose a longer name",
      });
    if (name.startsWith("flexkube-"))
      findings.push({
        path,
        at: "key",
        problem: "names that begin with flexkube- are reserved",
        hint: "choose another name",
      });
    const use = path[0] === "containers" ? reserved.get(name) : undefined;
    if (use !== undefined)
      findings.push({ path, at: "key", problem: `${name} is reserved: ${use}`, hint: "choose another name" });
    taken.set(name, other ?? path);
  }
  return findings;
}
