// kube-controller-manager.
import type { Component } from "./component.ts";
import { clientPair, clientReferences, namedAt, probeAuthorities, probeReferences, tcp } from "./component.ts";

export const kubeControllerManager: Component<"kubeControllerManager", "kube-controller-manager"> = {
  programs: ["kube-controller-manager"],
  rank: 320,
  followsApiServers: true,
  containers: () => [{ name: "kube-controller-manager", path: [] }],
  listeners: ({ bind }) => [tcp(["bind", "port"], bind)],
  reached: () => [],
  references: (section) => [
    ...clientReferences(["api"], section.api),
    ...namedAt(["certificates"], section.certificates),
    ...probeReferences(section),
  ],
  certificates: (section) => {
    const { ca, caKey, frontProxyCa } = section.certificates;
    return {
      authorities: [ca, frontProxyCa, section.api.ca, ...probeAuthorities(section)],
      pairs: [clientPair(section.api)],
      signers: [{ certificate: ca, key: caKey }],
    };
  },
};
