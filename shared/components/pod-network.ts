// The pods' network by bridge and routes.
import type { Component } from "./component.ts";
import { probeAuthorities, probeReferences } from "./component.ts";

export const podNetwork: Component<"podNetwork", "cni-plugins" | "pod-network"> = {
  programs: ["cni-plugins", "pod-network"],
  rank: 400,
  followsApiServers: false,
  containers: () => ["cni-plugins", "pod-network"].map((name) => ({ name, path: [] })),
  listeners: () => [],
  reached: () => [],
  references: (section) => probeReferences(section),
  certificates: (section) => ({ authorities: probeAuthorities(section) }),
};
