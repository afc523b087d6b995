// The kubelet.
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { Component, Listener, SectionOf } from "./component.ts";
import { clientPair, clientReferences, namedAt, probeAuthorities, probeReferences, tcp } from "./component.ts";
import { numberIn, textIn } from "./document-fields.ts";

// defaults of k8s.io/kubelet
const defaultPort = 10250;
const defaultHealthPort = 10248;

export const kubelet: Component<"kubelet", "kubelet"> = {
  programs: ["kubelet"],
  rank: 500,
  followsApiServers: true,
  containers: () => [{ name: "kubelet", path: [] }],
  listeners: ({ config }) => listeners(config),
  references: (section) => [
    ...clientReferences(["api"], section.api),
    ...namedAt(["certificates"], asksForItsOwn(section) ? { ca: section.certificates.ca } : section.certificates),
    ...probeReferences(section),
  ],
  certificates: (section) => {
    const { ca, servingCertificate, servingKey } = section.certificates;
    const serving = { certificate: servingCertificate, key: servingKey, ca, usages: ["server"] as const };
    return {
      authorities: [ca, section.api.ca, ...probeAuthorities(section)],
      pairs: [...(asksForItsOwn(section) ? [] : [serving]), clientPair(section.api)],
    };
  },
};

/** One that asks the API for its serving certificate needs none from here. */
function asksForItsOwn({ config }: SectionOf<"kubelet">): boolean {
  return config["serverTLSBootstrap"] === true;
}

function listeners(document: KubernetesDocument): readonly Listener[] {
  const address = textIn(document, "address") ?? "0.0.0.0";
  const healthAddress = textIn(document, "healthzBindAddress") ?? "127.0.0.1";
  return [
    tcp(["config", "port"], { address, port: numberIn(document, "port") ?? defaultPort }),
    tcp(["config", "readOnlyPort"], { address, port: numberIn(document, "readOnlyPort") ?? 0 }),
    tcp(["config", "healthzPort"], {
      address: healthAddress,
      port: numberIn(document, "healthzPort") ?? defaultHealthPort,
    }),
  ].filter(({ port }) => port !== 0);
}
