// The images of a cluster with Kubernetes, made by images/lab/make: compiled once, which takes a quarter of an hour.
import { labImages, type LabImage } from "./images.ts";

const programs = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
] as const;
const forContainers = [...programs, "helm", "cni-plugins", "node-net", "etcd37", "haproxy"] as const;
const forPods = ["pause", "coredns", "pod-tools", "kube-proxy", "cni-plugins", "node-net"] as const;

export type KubernetesImageName = (typeof forContainers)[number] | (typeof forPods)[number];

export type KubernetesImages = {
  readonly byName: Readonly<Record<KubernetesImageName, LabImage>>;
  /** Those that Docker runs. */
  readonly containers: readonly LabImage[];
  /** Those that containerd runs for the kubelet. Some can be run either way. */
  readonly pods: readonly LabImage[];
};

/**
 * Brings them up to date, which takes a moment when they are. `imageStore(containers, base, pods)` gives them to hosts.
 * `fetched`: by name those that come from a registry and are not made.
 */
export async function kubernetesImages(fetched: ReadonlyMap<string, LabImage> = new Map()): Promise<KubernetesImages> {
  const made = [...forContainers, ...forPods].filter((name) => !fetched.has(name));
  // every name is in one of the two
  const byName = { ...(await labImages(...made)), ...Object.fromEntries(fetched) } as KubernetesImages["byName"];
  return {
    byName,
    containers: forContainers.map((name) => byName[name]),
    pods: forPods.map((name) => byName[name]),
  };
}

/** Kubernetes' own images of the minor version before, and that version. Compiling them takes another quarter of an hour, once. */
export async function imagesBefore(): Promise<{ readonly images: readonly LabImage[]; readonly version: string }> {
  const images = Object.values(await labImages(...programs.map((name) => `${name}-before` as const)));
  const [version] = images.flatMap(({ reference }) => /:v(1\.[0-9]+\.[0-9]+)$/.exec(reference)?.[1] ?? []);
  if (version === undefined) throw new Error("no image tells its version of Kubernetes");
  return { images, version };
}
