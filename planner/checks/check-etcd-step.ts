// From etcd as it was split to this config: what the members of a cluster that is up would not survive.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { EtcdState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { etcdStateAfter } from "#planner/cluster/etcd-state.ts";
import { etcdMember } from "#planner/cluster/etcd-member.ts";
import {
  compareVersions,
  etcdLineOf,
  etcdVersionOf,
  oldestBefore36,
  tagOf,
  versionText,
} from "#planner/cluster/versions/etcd-version.ts";
import type { EtcdVersion } from "#planner/cluster/versions/etcd-version.ts";
import { ownValue } from "#shared/own-value.ts";
import { uniqueFindings } from "#shared/document/finding.ts";

export type EtcdStep = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

type Member = EtcdState["members"][string];
export type Pair = { readonly name: string; readonly was: Member; readonly now: Member };

const nothing: EtcdStep = { problems: [], warnings: [] };
const force = "split --force-etcd";

/** Nothing before etcd is up: until then nobody has data. `before`: etcd as the last split left it. */
export function checkEtcdStep(cluster: Cluster, before: EtcdState | undefined): EtcdStep {
  if (!cluster.bootstrapped || before === undefined) return nothing;
  const now = etcdStateAfter(cluster);
  const names = Object.keys(before.members);
  if (now === undefined) return { problems: [withoutSection(names)], warnings: [] };
  const kept = names.flatMap((name): readonly Pair[] => {
    const [was, is] = [before.members[name], ownValue(now.members, name)];
    return was === undefined || is === undefined ? [] : [{ name, was, now: is }];
  });
  if (kept.length === 0) return { problems: [allReplaced(names)], warnings: [] };
  const versions = checkVersions(cluster, before, now);
  const moves = kept.flatMap((pair) => checkPlace(cluster, pair));
  // the only member of both has nobody who could look for it
  const isAlone = names.length === 1 && Object.keys(now.members).length === 1;
  return {
    problems: [
      ...(isAlone ? [] : [...moves, ...checkNames(before, now)]),
      ...kept.flatMap((pair) => checkDirectory(cluster, pair)),
      ...versions.problems,
    ],
    warnings: [...(isAlone ? moves : []), ...checkToken(before, now), ...versions.warnings],
  };
}

function withoutSection(names: readonly string[]): Finding {
  return {
    path: ["etcd"],
    problem: `the cluster was split with etcd on ${names.join(", ")}, which hold its data; without the section their agents remove the members`,
    hint: `put it back; to end the cluster: flexkube-agent reset on each of these hosts, then ${force}`,
  };
}

function allReplaced(names: readonly string[]): Finding {
  return {
    path: ["etcd", "hosts"],
    problem: `none of the members ${names.join(", ")} stays: new ones without them have no cluster to join`,
    hint: `keep them, add the new hosts beside them and to etcd (etcdctl member add), and take the old ones out later; with data restored from a snapshot: ${force}`,
  };
}

/** etcd keeps a member's peer URL, and what looks for it its client URL. */
function checkPlace({ config }: Cluster, { name, was, now }: Pair): readonly Finding[] {
  const hint = (what: string): string =>
    `set it back; to move it, one member at a time while all others answer: etcdctl member update with ${name}'s ID and --peer-urls=${what}, then ${force}`;
  const url = peerUrl(now);
  return [
    ...(now.address === was.address
      ? []
      : [
          {
            path: ["hosts", name, "address"],
            problem: `etcd knows the member ${name} at ${was.address} and would not find it at ${now.address}`,
            hint: hint(url),
          },
        ]),
    ...checkPort(config, { name, was, now }, { field: "peerPort", hint: hint(url) }),
    ...checkClientPort(config, { name, was, now }),
  ];
}

export function checkClientPort(config: Cluster["config"], pair: Pair): readonly Finding[] {
  return checkPort(config, pair, {
    field: "clientPort",
    hint: `set it back; when all may be away for a while: ${force}`,
  });
}

function checkPort(
  config: Cluster["config"],
  { name, was, now }: Pair,
  { field, hint }: { readonly field: "peerPort" | "clientPort"; readonly hint: string },
): readonly Finding[] {
  if (now[field] === was[field]) return [];
  const problem = `the member ${name} was split with ${field} ${was[field]}; the others and the API servers would not find it at ${now[field]}`;
  return [{ path: fieldPath(config, name, field), problem, hint }];
}

export function peerUrl({ address, peerPort }: Pick<Member, "address" | "peerPort">): string {
  return `https://${address.includes(":") ? `[${address}]` : address}:${peerPort}`;
}

/** A host that only got another name would come as a stranger to a place that etcd counts as another member's. */
function checkNames(before: EtcdState, now: EtcdState): readonly Finding[] {
  const gone = Object.entries(before.members).filter(([name]) => !Object.hasOwn(now.members, name));
  return Object.entries(now.members).flatMap(([name, member]) => {
    if (Object.hasOwn(before.members, name)) return [];
    const same = gone.find(([, was]) => peerUrl(was) === peerUrl(member));
    if (same === undefined) return [];
    return [
      {
        path: ["hosts", name],
        problem: `${name} has the address of the member ${same[0]}, which etcd still counts there`,
        hint: `keep the name ${same[0]}; for another machine take ${same[0]} out first, split, and remove it from etcd; then add ${name}`,
      },
    ];
  });
}

export function checkDirectory({ config }: Cluster, { name, was, now }: Pair): readonly Finding[] {
  if (was.dataDirectory === now.dataDirectory) return [];
  return [
    {
      path: fieldPath(config, name, "dataDirectory"),
      problem: `the member ${name} has its data in ${was.dataDirectory}; in ${now.dataDirectory} it would find none and wait as one that has lost it`,
      hint: `set it back; to move it: stop the member, move the directory on its host, then ${force}`,
    },
  ];
}

/** Members found a cluster with it and never look at it again. */
export function checkToken(before: EtcdState, now: EtcdState): readonly Finding[] {
  if (before.token === now.token) return [];
  const problem = `the members have founded their cluster with the token ${before.token}; another one has no effect on them`;
  return [{ path: ["etcd", "token"], problem, hint: "set it back" }];
}

/** One minor version at a time and never back; to 3.6 from a 3.5 that has what 3.6 needs. */
export function checkVersions(cluster: Cluster, before: EtcdState, now: EtcdState): EtcdStep {
  const known = Object.values(before.members).flatMap((member) => versionsOf(member));
  const [oldest] = known.toSorted(compareVersions);
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  for (const [name, member] of Object.entries(now.members)) {
    const path = versionPath(cluster, name);
    const was = before.members[name];
    const line = etcdLineOf(tagOf(etcdMember(cluster.config, name).image) ?? "");
    const [version = line] = versionsOf(member);
    if (version === undefined || oldest === undefined) {
      // a version that is known from before is kept in the state, so it is told until one is known again
      const isSame = was !== undefined && was.version === member.version;
      const problem = `etcd's version is not known ${version === undefined ? "here" : "from before"}, so nobody can tell whether the members may go on with it`;
      if (!isSame)
        warnings.push({ path, problem, hint: "use a tag, or set version; etcd goes up one minor version at a time" });
      continue;
    }
    const [own = oldest] = was === undefined ? [] : versionsOf(was);
    const to = member.version === undefined ? `${version.major}.${version.minor}` : versionText(version);
    const finding = stepProblem(version, to, { oldest, own });
    if (
      finding === undefined &&
      member.version !== undefined &&
      version.minor === own.minor &&
      version.patch < own.patch
    )
      warnings.push({ path, ...olderPatch(own, to) });
    if (finding !== undefined) problems.push({ path, ...finding });
  }
  return { problems: uniqueFindings(problems), warnings: uniqueFindings(warnings) };
}

/** Of all members before, and of this one, which may have been ahead of others. */
type Before = { readonly oldest: EtcdVersion; readonly own: EtcdVersion };

type Step = { readonly problem: string; readonly hint: string };

/** Members can, and what was mended since is broken again. */
function olderPatch(own: EtcdVersion, to: string): Step {
  return {
    problem: `the cluster was split with etcd ${versionText(own)}; ${to} is older and lacks what was mended since`,
    hint: `go on with ${versionText(own)} unless it fails`,
  };
}

function stepProblem(version: EtcdVersion, to: string, { oldest, own }: Before): Step | undefined {
  const was = versionText(oldest);
  if (version.major !== own.major || version.minor < own.minor)
    return {
      problem: `the cluster was split with etcd ${versionText(own)}; members do not go back to ${to}, which cannot read their data`,
      hint: `when none has run ${versionText(own)} yet: ${force}`,
    };
  if (version.minor > oldest.minor + 1)
    return {
      problem: `the cluster was split with etcd ${was}; it goes up one minor version at a time, not to ${to} at once`,
      hint: `split and deliver ${oldest.major}.${oldest.minor + 1} first`,
    };
  if (oldest.minor === 5 && version.minor === 6 && compareVersions(oldest, oldestBefore36) < 0)
    return {
      problem: `the cluster was split with etcd ${was}; to ${to} it goes only from ${versionText(oldestBefore36)} or newer, which keeps what 3.6 needs of members`,
      hint: "split and deliver the newest 3.5 first",
    };
  return undefined;
}

export function versionsOf({ version }: Member): readonly EtcdVersion[] {
  const found = version === undefined ? undefined : etcdVersionOf(version);
  return found === undefined ? [] : [found];
}

export function versionPath({ config }: Cluster, name: string): Path {
  const { etcd } = config;
  const override = etcd?.overrides[name];
  for (const field of ["version", "image"] as const) {
    if (override?.[field] !== undefined) return ["etcd", "overrides", name, field];
    if (etcd?.[field] !== undefined) return ["etcd", field];
  }
  return config.images.etcd === undefined ? ["etcd"] : ["images", "etcd"];
}

export function fieldPath(
  { etcd }: Cluster["config"],
  name: string,
  field: "peerPort" | "clientPort" | "dataDirectory",
): Path {
  return etcd?.overrides[name]?.[field] === undefined ? ["etcd", field] : ["etcd", "overrides", name, field];
}
