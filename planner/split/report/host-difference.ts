// What differs between two configs of a host, fit to be shown: secrets only as digests.
import { contentDigest } from "#shared/canonical.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { renderPublic } from "#planner/life/host-file.ts";
import { lineDifference } from "./line-difference.ts";

const digits = 12;

export type SecretDifference = { readonly name: string; readonly before?: string; readonly after?: string };

/** Secrets that came, went or changed, by name, with the first digits of their keyed digests. */
export function secretDifferences(
  before: HostConfig | undefined,
  after: HostConfig,
  hashKey: string,
): readonly SecretDifference[] {
  const old = before?.secrets ?? {};
  const names = [...new Set([...Object.keys(old), ...Object.keys(after.secrets)])].toSorted();
  const shown = (value: string): string => contentDigest(value, hashKey).slice(0, digits);
  return names
    .filter((name) => old[name] !== after.secrets[name])
    .map((name) => {
      const [was, is] = [old[name], after.secrets[name]];
      return {
        name,
        ...(was === undefined ? {} : { before: shown(was) }),
        ...(is === undefined ? {} : { after: shown(is) }),
      };
    });
}

/** Lines of the public part that differ; all of them for a new host. */
export function publicDifference(before: HostConfig | undefined, after: HostConfig): readonly string[] {
  return lineDifference(before === undefined ? "" : renderPublic(before), renderPublic(after));
}
