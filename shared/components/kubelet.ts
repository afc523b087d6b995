// The kubelet.
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Component, Listener, SectionOf } from "./component.ts";
import { clientPair, clientReferences, namedAt, probeAuthorities, probeReferences, tcp } from "./component.ts";
import { kubeletSettingPath, kubeletSettings } from "./kubelet-settings.ts";

export const kubelet: Component<"kubelet", "kubelet"> = {
  programs: ["kubelet"],
  rank: 500,
  followsApiServers: true,
  containers: () => [{ name: "kubelet", path: [] }],
  listeners,
  reached: (section, host) => {
    const { enableServer, address, port } = kubeletSettings(section);
    return enableServer && asksForIt(host) ? [tcp(kubeletSettingPath(section, "port"), { address, port })] : [];
  },
  references: (section) => [
    ...clientReferences(["api"], section.api),
    // one that asks the API for its serving certificate needs none from here
    ...namedAt(
      ["certificates"],
      kubeletSettings(section).serverTLSBootstrap ? { ca: section.certificates.ca } : section.certificates,
    ),
    ...probeReferences(section),
  ],
  certificates: (section) => {
    const { ca, servingCertificate, servingKey } = section.certificates;
    const serving = { certificate: servingCertificate, key: servingKey, ca, usages: ["server"] as const };
    return {
      authorities: [ca, section.api.ca, ...probeAuthorities(section)],
      pairs: [...(kubeletSettings(section).serverTLSBootstrap ? [] : [serving]), clientPair(section.api)],
    };
  },
};

/** Whether an API server of another host may ask a kubelet here for logs and the like. */
function asksForIt({ host, kubeApiserver, apiLoadBalancers, disruption, apiServersFirst }: HostConfig): boolean {
  const servers = [
    ...Object.values(apiLoadBalancers).flatMap((pool) => Object.keys(pool.servers)),
    ...Object.keys(disruption?.apiServers ?? {}),
    ...Object.keys(apiServersFirst?.servers ?? {}),
  ];
  return kubeApiserver === undefined || servers.some((name) => name !== host);
}

function listeners(section: SectionOf<"kubelet">): readonly Listener[] {
  const settings = kubeletSettings(section);
  const { address, healthzBindAddress } = settings;
  const at = (field: "port" | "readOnlyPort" | "healthzPort", listensAt = address): Listener =>
    tcp(kubeletSettingPath(section, field), { address: listensAt, port: settings[field] });
  return [
    ...(settings.enableServer ? [at("port")] : []),
    at("readOnlyPort"),
    at("healthzPort", healthzBindAddress),
  ].filter(({ port }) => port !== 0);
}
