// The etcd member of a host.
import type { Component } from "./component.ts";
import { namedAt, probeAuthorities, probeReferences, tcp } from "./component.ts";

/** Docker's name of an etcd member's container. */
export function etcdContainerName(member: string): string {
  return `etcd-${member}`;
}

export const etcd: Component<"etcd", "etcd"> = {
  programs: ["etcd"],
  rank: 100,
  followsApiServers: false,
  containers: ({ name }) => [{ name: etcdContainerName(name), path: [] }],
  listeners: ({ address, clientPort, peerPort, metricsAddress, metricsPort }) => [
    tcp(["clientPort"], { address, port: clientPort }),
    tcp(["clientPort"], { address: "127.0.0.1", port: clientPort }),
    tcp(["peerPort"], { address, port: peerPort }),
    tcp(["metricsPort"], { address: metricsAddress, port: metricsPort }),
  ],
  // whoever has no API server beside it has etcd for others; that of a cluster is asked by the other members' agents too
  reached: ({ address, clientPort, peerPort, members }, { kubeApiserver }) => {
    const hasPeers = Object.keys(members).length > 1;
    return [
      ...(hasPeers || kubeApiserver === undefined ? [tcp(["clientPort"], { address, port: clientPort })] : []),
      ...(hasPeers ? [tcp(["peerPort"], { address, port: peerPort })] : []),
    ];
  },
  references: (member) => [...namedAt(["certificates"], member.certificates), ...probeReferences(member)],
  certificates: (member) => {
    const { ca, serverCertificate, serverKey, peerCertificate, peerKey } = member.certificates;
    return {
      authorities: [ca, ...probeAuthorities(member)],
      pairs: [
        { certificate: serverCertificate, key: serverKey, ca },
        { certificate: peerCertificate, key: peerKey, ca },
      ],
    };
  },
};
