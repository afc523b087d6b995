// The network's configuration for the host's container runtime (CNI): a bridge, addresses by the host, host ports.
import type { PodNetwork } from "#shared/schema/kubernetes/network.ts";
import { documentText } from "./document.ts";
import { networkText } from "./network-text.ts";

/** Text of the CNI configuration list. Addresses are not masqueraded by the bridge plug-in: the pod-network container does. */
export function podNetworkConfig({ bridge, mtu, podCidr }: PodNetwork): string {
  const everywhere = podCidr.includes(":") ? "::/0" : "0.0.0.0/0";
  return documentText({
    cniVersion: "1.0.0",
    name: "flexkube",
    plugins: [
      {
        type: "bridge",
        bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ...(mtu === undefined ? {} : { mtu }),
        ipam: { type: "host-local", ranges: [[{ subnet: networkText(podCidr) }]], routes: [{ dst: everywhere }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  });
}
