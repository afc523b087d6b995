// etcd as a whole: versions that can be run, and a number of members that makes sense.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { etcdMember } from "#planner/cluster/etcd-member.ts";
import {
  etcdLineOf,
  etcdVersionOf,
  riskyEtcd,
  tagOf,
  unsupportedEtcd,
} from "#planner/cluster/versions/etcd-version.ts";
import { uniqueFindings } from "#shared/document/finding.ts";

const versionsHint = "use 3.5.11 to 3.7";

export type EtcdFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Each cause once, whatever the number of members. */
export function checkEtcd({ config, members }: Cluster): EtcdFindings {
  const hosts = Object.keys(members);
  const checked = hosts.map((host) => checkVersion(config, host));
  return {
    problems: uniqueFindings(checked.flatMap(({ problems }) => problems)),
    warnings: [...checkNumber(hosts.length), ...uniqueFindings(checked.flatMap(({ warnings }) => warnings))],
  };
}

function checkNumber(members: number): readonly Finding[] {
  if (members === 0 || members % 2 === 1) return [];
  const problem = `${members} members survive no more failures than ${members - 1}`;
  return [{ path: ["etcd", "hosts"], problem, hint: "use an odd number" }];
}

function checkVersion(config: ClusterConfig, host: string): EtcdFindings {
  const { image, version, versionField } = etcdMember(config, host);
  const isOverridden = config.etcd?.overrides[host]?.[versionField] !== undefined;
  const path: Path = isOverridden ? ["etcd", "overrides", host, versionField] : ["etcd", versionField];
  if (version === undefined) {
    const line = etcdLineOf(tagOf(image) ?? "");
    const tooFar = line === undefined ? undefined : unsupportedEtcd({ ...line, patch: Number.MAX_SAFE_INTEGER });
    const problem = `${image} does not tell etcd's version, so corruption checks stay off`;
    return {
      problems: tooFar === undefined ? [] : [{ path, problem: tooFar, hint: versionsHint }],
      warnings: [{ path, problem, hint: "set version" }],
    };
  }
  const reason = unsupportedEtcd(version);
  const risk = reason === undefined ? riskyEtcd(version) : undefined;
  const tagged = etcdVersionOf(tagOf(image) ?? "");
  const isOther =
    tagged !== undefined &&
    (tagged.major !== version.major || tagged.minor !== version.minor || tagged.patch !== version.patch);
  return {
    problems: [
      ...(reason === undefined ? [] : [{ path, problem: reason, hint: versionsHint }]),
      ...(isOther ? [{ path, problem: `the version is not that of the image ${image}` }] : []),
    ],
    warnings: risk === undefined ? [] : [{ path, problem: risk, hint: "use 3.5.26 or newer" }],
  };
}
