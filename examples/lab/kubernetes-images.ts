// The images of a cluster with Kubernetes, made by images/lab/make: compiled once, which takes a quarter of an hour.
import { labImages, type LabImage } from "./images.ts";

const forContainers = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
  "helm",
  "cni-plugins",
  "node-net",
  "etcd36",
  "haproxy",
] as const;
const forPods = ["pause", "coredns", "pod-tools", "kube-proxy", "cni-plugins", "node-net"] as const;

export type KubernetesImageName = (typeof forContainers)[number] | (typeof forPods)[number];

export type KubernetesImages = {
  readonly byName: Readonly<Record<KubernetesImageName, LabImage>>;
  /** Those that Docker runs. */
  readonly containers: readonly LabImage[];
  /** Those that containerd runs for the kubelet. Some can be run either way. */
  readonly pods: readonly LabImage[];
};

/** Brings them up to date, which takes a moment when they are. `imageStore(containers, base, pods)` gives them to hosts. */
export async function kubernetesImages(): Promise<KubernetesImages> {
  const byName = await labImages<KubernetesImageName>(...forContainers, ...forPods);
  return {
    byName,
    containers: forContainers.map((name) => byName[name]),
    pods: forPods.map((name) => byName[name]),
  };
}
