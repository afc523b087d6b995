// References to secrets in the sections of Kubernetes.
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { ApiAccess } from "#shared/schema/kubernetes/kubernetes-words.ts";

type Reference = { readonly name: string; readonly path: Path };

/** Every one of them, in the order of the sections. */
export function kubernetesReferences(config: HostConfig): readonly Reference[] {
  const { apiServersFirst, kubeApiserver, kubeControllerManager, kubeScheduler } = config;
  const { kubelet, kubeProxy, node, clusterObjects } = config;
  return [
    ...(apiServersFirst === undefined ? [] : secretsOf(["apiServersFirst"], apiServersFirst)),
    ...(kubeApiserver === undefined
      ? []
      : [
          ...named(["kubeApiserver", "certificates"], kubeApiserver.certificates),
          ...named(["kubeApiserver"], { encryption: kubeApiserver.encryption }),
        ]),
    ...(kubeControllerManager === undefined
      ? []
      : [
          ...access(["kubeControllerManager"], kubeControllerManager),
          ...named(["kubeControllerManager", "certificates"], kubeControllerManager.certificates),
        ]),
    ...(kubeScheduler === undefined ? [] : access(["kubeScheduler"], kubeScheduler)),
    ...(kubelet === undefined
      ? []
      : [...access(["kubelet"], kubelet), ...named(["kubelet", "certificates"], kubeletCertificates(kubelet))]),
    ...(kubeProxy === undefined ? [] : access(["kubeProxy"], kubeProxy)),
    ...(node === undefined ? [] : access(["node"], node)),
    ...(clusterObjects === undefined
      ? []
      : [...access(["clusterObjects"], clusterObjects), ...objects(clusterObjects)]),
    ...probeAuthorities(config),
  ];
}

/** CAs by which probes verify a server. */
export function probeAuthorities(config: HostConfig): readonly Reference[] {
  const { kubeApiserver, kubeControllerManager, kubeScheduler, podNetwork, kubelet, kubeProxy } = config;
  const probed = { kubeApiserver, kubeControllerManager, kubeScheduler, podNetwork, kubelet, kubeProxy };
  return Object.entries(probed).flatMap(([section, each]) =>
    named([section, "probe", "http"], { ca: each?.probe.http?.ca }),
  );
}

/** One that asks the API for its serving certificate needs none from here. */
function kubeletCertificates({ certificates, config }: NonNullable<HostConfig["kubelet"]>): Record<string, string> {
  return config["serverTLSBootstrap"] === true ? { ca: certificates.ca } : certificates;
}

function access(section: Path, { api }: { readonly api: ApiAccess }): readonly Reference[] {
  return secretsOf([...section, "api"], api);
}

function secretsOf(path: Path, client: Pick<ApiAccess, "ca" | "certificate" | "key">): readonly Reference[] {
  const { ca, certificate, key } = client;
  return named(path, { ca, certificate, key });
}

function objects({ manifests, releases }: NonNullable<HostConfig["clusterObjects"]>): readonly Reference[] {
  return [
    ...Object.entries(manifests).flatMap(([name, { secret }]) =>
      named(["clusterObjects", "manifests", name], { secret }),
    ),
    ...Object.entries(releases).flatMap(([name, { chart }]) => named(["clusterObjects", "releases", name], { chart })),
  ];
}

function named(path: Path, names: Readonly<Record<string, string | undefined>>): readonly Reference[] {
  return Object.entries(names).flatMap(([key, name]) => (name === undefined ? [] : [{ name, path: [...path, key] }]));
}
