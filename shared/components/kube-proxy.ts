// kube-proxy.
import type { Component } from "./component.ts";
import { clientPair, clientReferences, probeAuthorities, probeReferences, tcp } from "./component.ts";
import { textIn } from "./document-fields.ts";

// default of k8s.io/kube-proxy
const defaultMetrics = "127.0.0.1:10249";

export const kubeProxy: Component<"kubeProxy", "kube-proxy"> = {
  programs: ["kube-proxy"],
  rank: 550,
  followsApiServers: true,
  containers: () => [{ name: "kube-proxy", path: [] }],
  listeners: ({ config, healthPort }) => {
    const metrics = socket(textIn(config, "metricsBindAddress") ?? defaultMetrics);
    return [
      tcp(["healthPort"], { address: "127.0.0.1", port: healthPort }),
      ...(metrics === undefined ? [] : [tcp(["config", "metricsBindAddress"], metrics)]),
    ];
  },
  reached: () => [],
  references: (section) => [...clientReferences(["api"], section.api), ...probeReferences(section)],
  certificates: (section) => ({
    authorities: [section.api.ca, ...probeAuthorities(section)],
    pairs: [clientPair(section.api)],
  }),
};

function socket(text: string): { readonly address: string; readonly port: number } | undefined {
  const [, address, port] = /^(.*):(\d+)$/.exec(text) ?? [];
  return address === undefined ? undefined : { address: address.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}
