// Names of what an agent does in the cluster rather than on its host. No container can have them: they hold a slash.

export function nodeComponent(name: string): string {
  return `node/${name}`;
}

/** True for work in the cluster: the host's containers do not depend on it. */
export function isInCluster(component: string): boolean {
  return component.includes("/");
}
