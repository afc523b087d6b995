// Versions of Kubernetes: which this version of flexkube can run, and what was released together with each minor version.

import type { KubernetesState } from "#shared/schema/planner-state.ts";
import { tagOf } from "./etcd-version.ts";

export type KubernetesVersion = { readonly minor: number; readonly patch: number; readonly text: string };

/** CoreDNS is what kubeadm of the minor version installs (`CoreDNSVersion` in cmd/kubeadm/app/constants/constants.go). */
const releases: ReadonlyMap<number, { readonly coredns: string }> = new Map([
  [34, { coredns: "v1.12.1" }],
  [35, { coredns: "v1.13.1" }],
  [36, { coredns: "v1.14.2" }],
  [37, { coredns: "v1.14.6" }],
  [38, { coredns: "v1.15.0" }],
]);

const oldest = Math.min(...releases.keys());
const newest = Math.max(...releases.keys());

/** Not released yet: what is known of it here is from this pre-release. */
const preview = { minor: 38, text: "1.38.0-beta.0" } as const;

/** The version in a text such as `1.36.3`, `v1.36.3` or a tag `v1.36.3-amd64`; undefined when it tells none. */
export function kubernetesVersionOf(text: string): KubernetesVersion | undefined {
  const found = /^v?(1\.(\d{1,3})\.(\d{1,4})(?:-(?:alpha|beta|rc)\.\d+)?)(?![0-9.])/.exec(text);
  if (found === null) return undefined;
  const [, version = "", minor, patch] = found;
  return { minor: Number(minor), patch: Number(patch), text: version };
}

/** The version that an image's tag tells; undefined when it tells none. */
export function versionOfImage(image: string): KubernetesVersion | undefined {
  return kubernetesVersionOf(tagOf(image) ?? "");
}

/** The oldest and the newest minor version of those that are known; undefined when none is. */
export function minorsOf(versions: readonly (KubernetesVersion | undefined)[]): KubernetesState["apiServers"] {
  const minors = versions.flatMap((version) => (version === undefined ? [] : [version.minor]));
  return minors.length === 0 ? undefined : { oldest: Math.min(...minors), newest: Math.max(...minors) };
}

/** Why this version cannot be run; undefined when it can. */
export function unsupportedKubernetes({ minor }: KubernetesVersion): string | undefined {
  if (minor < oldest)
    return `Kubernetes 1.${minor} is older than 1.${oldest}, whose flags and documents are written here`;
  if (minor > newest)
    return `Kubernetes 1.${minor} is newer than 1.${newest} and not known to this version of flexkube`;
  return undefined;
}

/** What to know of a version that can be run, and what to do; undefined when there is nothing to say. */
export function remarkOnKubernetes({
  minor,
}: KubernetesVersion): { readonly problem: string; readonly hint: string } | undefined {
  if (minor === oldest)
    return {
      problem: `Kubernetes 1.${minor} is at its end: nobody mends it any more, and a later flexkube will not run it`,
      hint: `split and deliver 1.${minor + 1} next`,
    };
  if (minor === preview.minor)
    return {
      problem: `of Kubernetes 1.${minor} only ${preview.text} is known here, and nothing of it was run`,
      hint: `1.${minor - 1} is the newest that was`,
    };
  return undefined;
}

/** The supported minor versions in words. */
export const supportedKubernetes = `1.${oldest} to 1.${newest}`;

/** Images that belong to a version of Kubernetes, from where their makers publish them. */
export function kubernetesImages({ text, minor }: KubernetesVersion) {
  const official = (name: string): string => `registry.k8s.io/${name}:v${text}`;
  // kubelets are published by nobody of Kubernetes; this one is made for containers, images/kubelet makes another
  const kubelet = `quay.io/poseidon/kubelet:v${text}`;
  return {
    apiserver: official("kube-apiserver"),
    controllerManager: official("kube-controller-manager"),
    scheduler: official("kube-scheduler"),
    proxy: official("kube-proxy"),
    kubectl: official("kubectl"),
    kubelet,
    // needs sh, ip and iptables, all of which the kubelet's image has
    podNetwork: kubelet,
    coredns: `registry.k8s.io/coredns/coredns:${releases.get(minor)?.coredns ?? releases.get(newest)?.coredns}`,
  } as const;
}
