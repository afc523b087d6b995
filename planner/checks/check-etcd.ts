// etcd as a whole: versions that can be run, and a number of members that makes sense.
import type { Finding } from "#shared/schema/finding.ts";
import type { Cluster } from "../cluster.ts";
import type { LayeredMember } from "../components/etcd-member.ts";
import { etcdMember } from "../components/etcd-member.ts";
import { etcdVersionOf, tagOf, unsupportedEtcd } from "../etcd-version.ts";

export type EtcdFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Problems once for each cause, whatever the number of members. */
export function checkEtcd({ config, members }: Cluster): EtcdFindings {
  const hosts = Object.keys(members);
  if (config.etcd === undefined) return { problems: [], warnings: [] };
  const checked = hosts.map((host) => checkMember(etcdMember(config, host), ["etcd", "overrides", host]));
  const even: readonly Finding[] =
    hosts.length > 0 && hosts.length % 2 === 0
      ? [
          {
            path: ["etcd", "hosts"],
            problem: `${hosts.length} members survive no more failures than ${hosts.length - 1}`,
            hint: "use an odd number",
          },
        ]
      : [];
  return {
    problems: unique(checked.flatMap(({ problems }) => problems)),
    warnings: [...even, ...unique(checked.flatMap(({ warnings }) => warnings))],
  };

  function checkMember(member: LayeredMember, override: readonly string[]): EtcdFindings {
    const layer = config.etcd?.overrides[override[2] ?? ""];
    const overridden = layer?.version !== undefined || layer?.image !== undefined;
    return versionFindings(member, overridden ? override : ["etcd"]);
  }
}

function versionFindings({ image, version, fields }: LayeredMember, section: readonly string[]): EtcdFindings {
  const path = [...section, fields["version"] === undefined ? "image" : "version"];
  const tagged = etcdVersionOf(tagOf(image) ?? "");
  if (version === undefined)
    return {
      problems: [],
      warnings: [
        { path, problem: `${image} does not tell etcd's version, so corruption checks stay off`, hint: "set version" },
      ],
    };
  const reason = unsupportedEtcd(version);
  const problems: Finding[] = reason === undefined ? [] : [{ path, problem: reason, hint: "use 3.5.11 to 3.7" }];
  const differs =
    tagged !== undefined &&
    (tagged.major !== version.major || tagged.minor !== version.minor || tagged.patch !== version.patch);
  if (differs) problems.push({ path, problem: `the version is not that of the image ${image}` });
  return { problems, warnings: [] };
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify([finding.path, finding.problem]), finding])).values()];
}
