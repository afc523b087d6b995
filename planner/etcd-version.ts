// Which etcd an image is, and whether this version of flexkube can run it.

export type EtcdVersion = { readonly major: number; readonly minor: number; readonly patch: number };

const oldest: EtcdVersion = { major: 3, minor: 5, patch: 11 };
const newest = { major: 3, minor: 7 } as const;

/** The version in a tag such as `v3.6.16` or `3.5.21-0`, or in the field `version`; undefined when it tells none. */
export function etcdVersionOf(text: string): EtcdVersion | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)(?![0-9.])/.exec(text);
  if (found === null) return undefined;
  const [, major, minor, patch] = found.map(Number);
  return major === undefined || minor === undefined || patch === undefined ? undefined : { major, minor, patch };
}

/** The tag of an image reference; undefined when there is none. */
export function tagOf(image: string): string | undefined {
  return /:([^:/]+)$/.exec(image.replace(/@.*$/, ""))?.[1];
}

/** Why this version cannot be run; undefined when it can. */
export function unsupportedEtcd(version: EtcdVersion): string | undefined {
  if (compare(version, oldest) < 0)
    return "etcd older than 3.5.11 has no /livez and /readyz and no safe way to newer versions";
  if (compare(version, { ...newest, patch: Infinity }) > 0)
    return "etcd newer than 3.7 is not known to this version of flexkube";
  return undefined;
}

/** How corruption checks are switched on in this version. */
export function corruptionCheckOf(version: EtcdVersion | undefined): "experimental-flags" | "feature-gates" | "none" {
  if (version === undefined) return "none";
  return version.minor <= 5 ? "experimental-flags" : "feature-gates";
}

function compare(a: EtcdVersion, b: EtcdVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}
