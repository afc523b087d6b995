// From etcd as it was split to this config where its members come and go by themselves: what hosts could not do while etcd is up.
import type { Finding } from "#shared/document/finding.ts";
import { uniqueFindings } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { ownValue } from "#shared/own-value.ts";
import type { EtcdState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { MembersChange } from "#planner/cluster/etcd-members.ts";
import { membersChange } from "#planner/cluster/etcd-members.ts";
import { etcdStateAfter } from "#planner/cluster/etcd-state.ts";
import { compareVersions, oldestBefore36, versionText } from "#planner/cluster/versions/etcd-version.ts";
import type { EtcdStep, Pair } from "./check-etcd-step.ts";
import {
  checkClientPort,
  checkDirectory,
  checkToken,
  checkVersions,
  fieldPath,
  peerUrl,
  versionPath,
  versionsOf,
} from "./check-etcd-step.ts";

const path: Path = ["etcd", "hosts"];

type Step = {
  readonly cluster: Cluster;
  readonly before: EtcdState;
  readonly now: EtcdState;
  readonly change: MembersChange;
};

/** `before`: etcd as the last split left it. */
export function checkMembersStep(cluster: Cluster, before: EtcdState | undefined): EtcdStep {
  const now = etcdStateAfter(cluster);
  if (before === undefined || now === undefined) return { problems: [], warnings: [] };
  const change = membersChange(before, cluster.members);
  const step = { cluster, before, now, change };
  const staying = stayingIn(step);
  const versions = checkVersions(cluster, before, now);
  const ports = staying.flatMap((pair) => checkClientPort(cluster.config, pair));
  const isAlone = Object.keys(before.members).length === 1 && Object.keys(now.members).length === 1;
  return {
    problems: [
      ...checkStaying(step, staying),
      ...checkMoves(step),
      ...(isAlone ? [] : [...ports, ...checkPlaces(step)]),
      ...staying.flatMap((pair) => checkDirectory(cluster, pair)),
      ...checkAge(step),
      ...checkOpenRestore(step),
      ...versions.problems,
    ],
    warnings: [...(isAlone ? ports : []), ...checkToken(before, now), ...versions.warnings],
  };
}

/** Under the same name and incarnation. */
function stayingIn({ before, now, change }: Step): readonly Pair[] {
  return Object.entries(before.members).flatMap(([name, was]) => {
    const is = ownValue(now.members, name);
    return is === undefined || change.replaced.includes(name) ? [] : [{ name, was, now: is }];
  });
}

/** Who is to be replaced is told with its name (check-replacing.ts). */
function checkStaying({ before, change }: Step, staying: readonly Pair[]): readonly Finding[] {
  if (staying.length > 0 || change.replaced.length > 0) return [];
  const names = Object.keys(before.members).join(", ");
  return [
    {
      path,
      problem: `none of the members ${names} stays: new ones join by those that stay, and have none to ask`,
      hint: `two splits: add the new hosts beside them and deliver, and take the old ones out when status says that the new ones vote; with data restored from a snapshot: flexkube-planner restore`,
    },
  ];
}

/** etcd is told of one address at a time, while the others answer at theirs. */
function checkMoves({ cluster: { config }, before, now, change }: Step): readonly Finding[] {
  const { moving } = change;
  const [first] = moving;
  if (first === undefined) return [];
  const others = { ...change, moving: [] };
  if (moving.length === 1 && Object.keys(before.members).length === 2)
    return [
      {
        path: ["hosts", first, "address"],
        problem: `${first} is one of two members: when it does not answer at its old place any more, nobody can tell etcd its new one`,
        hint: `add a third member first; or begin anew there: flexkube-planner restore`,
      },
    ];
  const along = Object.values(others).flat();
  if (moving.length === 1 && along.length > 0)
    return [
      {
        path: ["hosts", first, "address"],
        problem: `${first} moves, and ${along.join(", ")} ${along.length === 1 ? "changes" : "change"} in the same split: etcd takes the new place of a member while all others are as they were`,
        hint: "two splits: move it alone, deliver, and change the others when all are well",
      },
    ];
  if (moving.length < 2) return [];
  const isPort = before.members[first]?.address === now.members[first]?.address;
  return [
    {
      path: isPort ? fieldPath(config, first, "peerPort") : ["hosts", first, "address"],
      problem: `${moving.join(", ")} move in one split, and etcd takes the new place of one member at a time, while all others answer at theirs`,
      hint: `move ${first} alone, deliver, and the next one when all are well; when none will answer at its old place any more: flexkube-planner restore`,
    },
  ];
}

/** Two members never have one place in etcd's list, so the one must have left it before the other comes. */
function checkPlaces({ before, now, change }: Step): readonly Finding[] {
  const coming = new Set([...change.joining, ...change.moving, ...change.replaced]);
  return Object.entries(now.members).flatMap(([name, member]) => {
    const same = Object.entries(before.members).find(
      ([other, was]) => other !== name && peerUrl(was) === peerUrl(member),
    );
    if (same === undefined || !coming.has(name)) return [];
    const [other] = same;
    const until = Object.hasOwn(now.members, other) ? "is elsewhere" : "has left";
    return [
      {
        path: ["hosts", name],
        problem: `${name} has the address of the member ${other}, which etcd counts there until it ${until}`,
        hint: `keep the name ${other} for what is there; else split and deliver without ${name} first, and add it when etcd's list is without that place`,
      },
    ];
  });
}

/** Older ones may forget a promotion, and bring back whom they have removed. */
function checkAge({ cluster, before, now, change }: Step): readonly Finding[] {
  const changes = Object.values(change).flat();
  if (changes.length === 0) return [];
  const findings = Object.keys(now.members).flatMap((name): readonly Finding[] => {
    const known = [before, now].flatMap(({ members }) => {
      const member = ownValue(members, name);
      return member === undefined ? [] : versionsOf(member);
    });
    const [oldest] = known.toSorted(compareVersions);
    if (oldest === undefined || compareVersions(oldest, oldestBefore36) >= 0) return [];
    return [
      {
        path: versionPath(cluster, name),
        problem: `etcd ${versionText(oldest)} may bring back members that were removed, so members change from ${versionText(oldestBefore36)} on`,
        hint: `take back the change of ${changes.join(", ")}, split and deliver the newest 3.5 first, and change them then`,
      },
    ];
  });
  return uniqueFindings(findings);
}

/** Until the word that etcd is up its members are those that begin from the snapshot. */
function checkOpenRestore({ cluster: { restore }, change }: Step): readonly Finding[] {
  const changes = Object.values(change).flat();
  if (restore?.open !== true || changes.length === 0) return [];
  return [
    {
      path,
      problem: `restore ${restore.number} is not over: all of its members begin from the snapshot, and they change (${changes.join(", ")}) when that is done`,
      hint: "take the change back; or when etcd is up on all its hosts, say so in the same line: flexkube-planner split --bootstrapped",
    },
  ];
}
