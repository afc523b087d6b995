// A cluster with Kubernetes on a lab: hosts with CRI and all images, the example's config made fit for the lab, kubectl.
import { join } from "node:path";
import { parse } from "yaml";
import { changedYaml } from "./changed-yaml.ts";
import { createCluster, type Cluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { agentImage, imageStores, loadImages, type LabImage } from "./images.ts";
import { kubernetesImages, type KubernetesImages } from "./kubernetes-images.ts";
import { startLab, type Lab, type LabOptions } from "./lab.ts";
import { programOf } from "./program.ts";

export type KubernetesCluster = Cluster & {
  readonly lab: Lab;
  readonly images: KubernetesImages;
  /** kubectl as the administrator at the operator's place, against the first API server. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** The same through the load balancer of a host, at its place. */
  readonly kubectlOn: (host: LabHost, ...args: readonly string[]) => Promise<string>;
  /** Resolves once the nodes of these hosts are Ready. */
  readonly ready: (hosts: readonly LabHost[], deadlineMs: number) => Promise<void>;
  /** What `kubectl port-forward` to this port of a pod or Service answers for a path. */
  readonly portForward: (target: string, port: number, path: string) => Promise<string>;
};

/** `images`: further ones for Docker. `directory`: of the cluster; a new one unless told. `fetched`: as for kubernetesImages. */
type MoreOfLab = Pick<LabOptions, "memory" | "processors" | "packages" | "dir" | "outlives"> & {
  readonly images?: readonly LabImage[];
  readonly directory?: string;
  readonly fetched?: ReadonlyMap<string, LabImage>;
};

/** Starts a lab with these hosts (name to base, as in startLab) and copies the example; nothing is split yet. */
export async function startKubernetesCluster(
  hosts: Readonly<Record<string, string>>,
  example: string,
  { images: more = [], directory, fetched, ...options }: MoreOfLab = {},
): Promise<KubernetesCluster> {
  const images = await kubernetesImages(fetched);
  const seed = await imageStores(Object.values(hosts), [...images.containers, ...more], images.pods);
  const lab = await startLab({ ...options, hosts, cri: true, seed });
  try {
    const cluster = await createCluster(lab, example, directory);
    // not in the stores: they are large, and each agent would have its own
    await loadImages(lab, [await agentImage()]);
    const kinds = lab.hosts.map(({ kind }) => kind);
    await cluster.edit((text) => fitForLab(text, images, kinds.includes("namespace")));
    const kubectl = await programOf(images.byName.kubectl, "usr/bin/kubectl", cluster.directory);
    const kubeconfig = join(cluster.directory, "admin.kubeconfig");
    const limit = ["--request-timeout", "20s"];
    const line = [kubectl, "--kubeconfig", kubeconfig, ...limit];
    const kubectlHere = async (...args: readonly string[]): Promise<string> => lab.net(...line, ...args);
    return {
      ...cluster,
      lab,
      images,
      kubectl: kubectlHere,
      ready: async (wanted, deadlineMs) => {
        for (const { name, kind } of wanted)
          await eventually(async () => kubectlHere("wait", "--for=condition=Ready", `node/${name}`, "--timeout=2s"), {
            what: `${name} is Ready`,
            deadlineMs,
            everyMs: lookEveryMs[kind],
          });
      },
      kubectlOn: async (host, ...args) => {
        const [program, admin] = [await host.lend(kubectl), await host.lend(kubeconfig)];
        return host.exec(program, "--kubeconfig", admin, ...limit, "--server", "https://127.0.0.1:7443", ...args);
      },
      portForward: async (target, port, path) =>
        lab.net("bash", "-euc", forward, "bash", target, String(port), path, ...line),
    };
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/** Between two looks by kubectl, each of which is a connection over TLS of its own. */
const lookEveryMs = { namespace: 100, machine: 5000 };

/** $1 target, $2 port, $3 path, then kubectl. curl waits for the port; both end with the script. */
const forward = `
target=$1 port=$2 path=$3
shift 3
"$@" port-forward "$target" "18080:$port" >&2 &
trap 'kill $!' EXIT
curl -sSf --retry 50 --retry-connrefused --retry-delay 1 --retry-max-time 30 -m 5 "http://127.0.0.1:18080$path"`;

/**
 * What a lab needs beyond what a person writes: the names of its stand-in images, and where hosts are namespaces programs that live with
 * a root without CAP_SYS_RESOURCE, a machine's disk that others fill, and no systemd.
 */
function fitForLab(text: string, { byName }: KubernetesImages, onNamespaces: boolean): string {
  const kubelets = namesOf(parse(text), "kubelets").map((pool) => [`kubelets.${pool}.config`, kubeletOnLab] as const);
  return changedYaml(text, {
    "images.etcd": byName.etcd37.reference,
    "images.haproxy": byName.haproxy.reference,
    "network.bridge.pluginsImage": byName["cni-plugins"].reference,
    "network.bridge.pluginsAt": "/opt/cni/bin",
    "network.bridge.image": byName["node-net"].reference,
    "addons.coredns.image": byName.coredns.reference,
    "addons.kubectlImage": byName.kubectl.reference,
    "addons.helmImage": byName.helm.reference,
    ...(onNamespaces ? { "network.proxy.config": { oomScoreAdj: 0 }, ...Object.fromEntries(kubelets) } : {}),
  });
}

/** Settings of a kubelet that live with a lab's hosts. */
export const kubeletOnLab = {
  oomScoreAdj: 0,
  maxOpenFiles: 20_000,
  imageGCHighThresholdPercent: 100,
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "1%",
    "imagefs.available": "1%",
    "nodefs.inodesFree": "1%",
  },
};

function namesOf(value: unknown, section: string): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const found: unknown = Object.entries(value).find(([key]) => key === section)?.[1];
  return typeof found === "object" && found !== null ? Object.keys(found) : [];
}
