// kube-apiserver.
import type { Component } from "./component.ts";
import { namedAt, probeAuthorities, probeReferences, tcp } from "./component.ts";

export const kubeApiserver: Component<"kubeApiserver", "kube-apiserver"> = {
  programs: ["kube-apiserver"],
  rank: 300,
  followsApiServers: false,
  containers: () => [{ name: "kube-apiserver", path: [] }],
  listeners: ({ bind }) => [tcp(["bind", "port"], bind)],
  reached: ({ bind }) => [tcp(["bind", "port"], bind)],
  references: (section) => [
    ...namedAt(["certificates"], section.certificates),
    ...namedAt([], { encryption: section.encryption }),
    ...probeReferences(section),
  ],
  certificates: (section) => {
    const names = section.certificates;
    const usages = ["client"] as const;
    return {
      authorities: [names.ca, names.etcdCa, names.frontProxyCa, ...probeAuthorities(section)],
      pairs: [
        { certificate: names.certificate, key: names.key, ca: names.ca, usages: ["server"] },
        // whose CA kubelets and etcd trust is not for this host to know
        { certificate: names.kubeletClientCertificate, key: names.kubeletClientKey, usages },
        { certificate: names.etcdClientCertificate, key: names.etcdClientKey, usages },
        {
          certificate: names.frontProxyClientCertificate,
          key: names.frontProxyClientKey,
          ca: names.frontProxyCa,
          usages,
        },
      ],
      // tokens that are signed here must be accepted here
      tokenKeys: [{ key: names.serviceAccountKey, publicKeys: names.serviceAccountPublicKey }],
    };
  },
};
