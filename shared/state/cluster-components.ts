// Names of what an agent does in the cluster rather than on its host. No container can have them: they hold a slash.
import type { DesiredState } from "./desired.ts";

export function nodeComponent(name: string): string {
  return `node/${name}`;
}

export function manifestComponent(name: string): string {
  return `manifest/${name}`;
}

export function releaseComponent(name: string): string {
  return `release/${name}`;
}

/** The objects of the cluster as a whole. */
export const objectsComponent = "cluster/objects";

/** True for work in the cluster: the host's containers do not depend on it. */
export function isInCluster(component: string): boolean {
  return component.includes("/");
}

/** Components of the desired manifests and releases, which may have a verdict in the ledger. */
export function objectComponents({ clusterObjects }: DesiredState): readonly string[] {
  return [
    ...(clusterObjects?.manifests ?? []).map(({ name }) => manifestComponent(name)),
    ...(clusterObjects?.releases ?? []).map(({ name }) => releaseComponent(name)),
  ];
}
