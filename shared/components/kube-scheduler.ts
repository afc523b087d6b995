// kube-scheduler.
import type { Component } from "./component.ts";
import { clientPair, clientReferences, probeAuthorities, probeReferences, tcp } from "./component.ts";

export const kubeScheduler: Component<"kubeScheduler", "kube-scheduler"> = {
  programs: ["kube-scheduler"],
  rank: 320,
  followsApiServers: true,
  containers: () => [{ name: "kube-scheduler", path: [] }],
  listeners: ({ bind }) => [tcp(["bind", "port"], bind)],
  reached: () => [],
  references: (section) => [...clientReferences(["api"], section.api), ...probeReferences(section)],
  certificates: (section) => ({
    authorities: [section.api.ca, ...probeAuthorities(section)],
    pairs: [clientPair(section.api)],
  }),
};
