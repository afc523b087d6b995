// Which etcd an image is, and whether this version of flexkube can run it.

export type EtcdVersion = { readonly major: number; readonly minor: number; readonly patch: number };

const oldest: EtcdVersion = { major: 3, minor: 5, patch: 11 };
/** Older members of 3.5 may bring back what was removed, and those before 3.5.20 forget that a learner was promoted. */
export const oldestBefore36: EtcdVersion = { major: 3, minor: 5, patch: 26 };
const newest = { major: 3, minor: 7 } as const;

/** The version in a tag such as `v3.6.16` or `3.5.21-0`, or in the field `version`; undefined when it tells none. */
export function etcdVersionOf(text: string): EtcdVersion | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)(?![0-9.])/.exec(text);
  if (found === null) return undefined;
  const [, major, minor, patch] = found.map(Number);
  return major === undefined || minor === undefined || patch === undefined ? undefined : { major, minor, patch };
}

/** The minor version of a tag that names no more, such as `v3.6` or `release-3.5`, with its oldest patch. */
export function etcdLineOf(text: string): EtcdVersion | undefined {
  const [, major, minor] = /^(?:release-)?v?(\d{1,3})\.(\d{1,3})(?!\d)/i.exec(text) ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : { major: Number(major), minor: Number(minor), patch: 0 };
}

/** The tag of an image reference; undefined when there is none. */
export function tagOf(image: string): string | undefined {
  return /:([^:/]+)$/.exec(image.replace(/@.*$/, ""))?.[1];
}

/** Why this version cannot be run; undefined when it can. */
export function unsupportedEtcd(version: EtcdVersion): string | undefined {
  if (compareVersions(version, oldest) < 0)
    return "etcd older than 3.5.11 has no /livez and /readyz and no safe way to newer versions";
  if (compareVersions(version, { ...newest, patch: Infinity }) > 0)
    return "etcd newer than 3.7 is not known to this version of flexkube";
  return undefined;
}

/** How corruption checks are switched on in this version. */
export function corruptionCheckOf(version: EtcdVersion | undefined): "experimental-flags" | "feature-gates" | "none" {
  if (version === undefined) return "none";
  return version.minor <= 5 ? "experimental-flags" : "feature-gates";
}

/** Why a version that can be run should not be; undefined when there is nothing to say. */
export function riskyEtcd(version: EtcdVersion): string | undefined {
  if (version.minor !== 5 || compareVersions(version, oldestBefore36) >= 0) return undefined;
  const learner = version.patch < 20 ? " forgets that a learner was promoted, and" : "";
  return `etcd ${versionText(version)}${learner} may bring back members that were removed; no upgrade to 3.6 starts from it`;
}

/** Such as `3.6.16`. */
export function versionText({ major, minor, patch }: EtcdVersion): string {
  return `${major}.${minor}.${patch}`;
}

/** Negative when `a` is older. */
export function compareVersions(a: EtcdVersion, b: EtcdVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}
