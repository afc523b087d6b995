// From etcd as it was split to a restore: members begin anew where the config says, with data that their etcd must be able to read.
import type { Finding } from "#shared/document/finding.ts";
import { uniqueFindings } from "#shared/document/finding.ts";
import type { EtcdState } from "#shared/schema/planner-state.ts";
import { ownValue } from "#shared/own-value.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { etcdMember } from "#planner/cluster/etcd-member.ts";
import { etcdStateAfter } from "#planner/cluster/etcd-state.ts";
import type { EtcdVersion } from "#planner/cluster/versions/etcd-version.ts";
import { etcdLineOf, etcdVersionOf, tagOf, versionText } from "#planner/cluster/versions/etcd-version.ts";
import type { EtcdStep } from "./check-etcd-step.ts";
import { checkDirectory, checkVersions, versionPath } from "./check-etcd-step.ts";

/** A restore in the same split; `etcdVersion` is that of the snapshot, where that is known. */
export type Restoring = { readonly etcdVersion: string | undefined };

/** Members may come, go and move at once, and go back to the version that the snapshot is of. */
export function checkRestore(cluster: Cluster, before: EtcdState | undefined, { etcdVersion }: Restoring): EtcdStep {
  const now = etcdStateAfter(cluster);
  if (before === undefined || now === undefined) return { problems: [], warnings: [] };
  const kept = Object.entries(before.members).flatMap(([name, was]) => {
    const is = ownValue(now.members, name);
    return is === undefined || is.address !== was.address ? [] : [{ name, was, now: is }];
  });
  const written = etcdVersionOf(etcdVersion ?? "");
  const versions = written === undefined ? checkVersions(cluster, before, now) : checkReaders(cluster, written);
  return {
    problems: [...kept.flatMap((pair) => checkDirectory(cluster, pair)), ...versions.problems],
    warnings: versions.warnings,
  };
}

/** Whether each member's etcd can read what etcd of this version has written. */
function checkReaders(cluster: Cluster, written: EtcdVersion): EtcdStep {
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  for (const name of Object.keys(cluster.members)) {
    const { image, version = etcdLineOf(tagOf(image) ?? "") } = etcdMember(cluster.config, name);
    const path = versionPath(cluster, name);
    const was = `the snapshot is of etcd ${versionText(written)}`;
    const line = `${written.major}.${written.minor}`;
    if (version === undefined)
      warnings.push({ path, problem: `${was}, and which one restores it is not known here`, hint: "set version" });
    else if (version.major !== written.major || version.minor < written.minor)
      problems.push({
        path,
        problem: `${was}; ${version.major}.${version.minor} is older and cannot read what that has written`,
        hint: `say a version of ${line}, or take a snapshot from before the upgrade`,
      });
    else if (version.minor > written.minor + 1)
      warnings.push({
        path,
        problem: `${was}, more than one minor version before ${version.major}.${version.minor}`,
        hint: `etcd goes up one minor version at a time: restore with ${line} and upgrade then`,
      });
  }
  return { problems: uniqueFindings(problems), warnings: uniqueFindings(warnings) };
}
