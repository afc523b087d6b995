// Any other container with files.
import type { Component } from "./component.ts";
import { namedAt, probeAuthorities, probeReferences } from "./component.ts";

export const containers: Component<"containers", "container"> = {
  programs: ["container"],
  rank: 600,
  followsApiServers: false,
  containers: (section) => Object.keys(section).map((name) => ({ name, path: [name] })),
  listeners: (section) =>
    Object.entries(section).flatMap(([name, { ports }]) =>
      ports.map(({ address, hostPort, protocol }, index) => ({
        path: [name, "ports", index, "hostPort"],
        protocol,
        address,
        port: hostPort,
      })),
    ),
  // what Docker passes on to a container never comes to the host's own input
  reached: () => [],
  references: (section) =>
    Object.entries(section).flatMap(([name, container]) => [
      ...container.files.flatMap(({ secret }, index) => namedAt([name, "files", index], { secret })),
      ...probeReferences(container, [name]),
    ]),
  certificates: (section) => ({ authorities: Object.values(section).flatMap(probeAuthorities) }),
};
