// The objects of the cluster in a host config: releases need Helm.
import type { Finding } from "../finding.ts";
import type { HostConfig } from "../host-config.ts";

export function checkClusterObjects({ clusterObjects }: HostConfig): readonly Finding[] {
  if (clusterObjects === undefined || clusterObjects.helmImage !== undefined) return [];
  return Object.keys(clusterObjects.releases).map((release) => ({
    path: ["clusterObjects", "releases", release],
    at: "key",
    problem: "a release needs an image of Helm",
    hint: "set helmImage",
  }));
}
