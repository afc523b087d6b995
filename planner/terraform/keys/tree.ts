// Keys, certificates, what the planner remembers, and host configs, as texts: what a state keeps of a cluster.

export type Tree = {
  /** By path below pki/. */
  readonly pki: ReadonlyMap<string, string>;
  /** By host. */
  readonly hosts: ReadonlyMap<string, string>;
};

export const emptyTree: Tree = { pki: new Map(), hosts: new Map() };

export function isSameTree(a: Tree, b: Tree): boolean {
  return isSame(a.pki, b.pki) && isSame(a.hosts, b.hosts);
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
}
