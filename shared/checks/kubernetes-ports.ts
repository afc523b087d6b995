// Ports that the Kubernetes components of a host listen on. Those in documents are read as the programs read them.
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";

type Listener = { readonly path: Path; readonly address: string; readonly port: number };

// defaults of k8s.io/kubelet and k8s.io/kube-proxy
const kubeletPort = 10250;
const kubeletHealthPort = 10248;
const proxyMetrics = "127.0.0.1:10249";

export function kubernetesListeners(config: HostConfig): readonly Listener[] {
  const { kubeApiserver, kubeControllerManager, kubeScheduler, kubelet, kubeProxy } = config;
  const bound = { kubeApiserver, kubeControllerManager, kubeScheduler };
  return [
    ...Object.entries(bound).flatMap(([section, each]) =>
      each === undefined ? [] : [{ path: [section, "bind", "port"], ...each.bind }],
    ),
    ...(kubelet === undefined ? [] : kubeletListeners(kubelet.config)),
    ...(kubeProxy === undefined ? [] : proxyListeners(kubeProxy)),
  ];
}

function kubeletListeners(document: KubernetesDocument): readonly Listener[] {
  const address = textIn(document, "address") ?? "0.0.0.0";
  const healthAddress = textIn(document, "healthzBindAddress") ?? "127.0.0.1";
  const listeners = [
    { key: "port", address, port: numberIn(document, "port") ?? kubeletPort },
    { key: "readOnlyPort", address, port: numberIn(document, "readOnlyPort") ?? 0 },
    { key: "healthzPort", address: healthAddress, port: numberIn(document, "healthzPort") ?? kubeletHealthPort },
  ];
  return listeners
    .filter(({ port }) => port !== 0)
    .map(({ key, ...rest }) => ({ path: ["kubelet", "config", key], ...rest }));
}

function proxyListeners({ config, healthPort }: NonNullable<HostConfig["kubeProxy"]>): readonly Listener[] {
  const metrics = socket(textIn(config, "metricsBindAddress") ?? proxyMetrics);
  return [
    { path: ["kubeProxy", "healthPort"], address: "127.0.0.1", port: healthPort },
    ...(metrics === undefined ? [] : [{ path: ["kubeProxy", "config", "metricsBindAddress"], ...metrics }]),
  ];
}

function socket(text: string): { readonly address: string; readonly port: number } | undefined {
  const [, address, port] = /^(.*):(\d+)$/.exec(text) ?? [];
  return address === undefined ? undefined : { address: address.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

function textIn(document: KubernetesDocument, key: string): string | undefined {
  const value = document[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberIn(document: KubernetesDocument, key: string): number | undefined {
  const value = document[key];
  return typeof value === "number" ? value : undefined;
}
