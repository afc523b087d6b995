// The fleet at a glance: what each host of the cluster config has, by the reports that came from it, and what is not as it should be. Pure.
import { isProof } from "#shared/acknowledgement/report-proof.ts";
import { ownValue } from "#shared/own-value.ts";
import type { HostReport } from "./host-report.ts";
import { wordsOfNode, wordsOfReport } from "./host-words.ts";
import type { HostWords } from "./host-words.ts";
import type { Finding, FindingKind } from "./finding.ts";
import { judgeNode } from "./judge-node.ts";
import type { NodeWord } from "./node-word.ts";
import { reportLine } from "./report-line.ts";
import { olderThan, seenAfter } from "./seen-reports.ts";
import type { SeenReports } from "./seen-reports.ts";
import type { Wanted, WantedHost } from "./wanted.ts";
import { judgeTold, toldInEtcd } from "./told-in-etcd.ts";
import type { ToldInEtcd } from "./told-in-etcd.ts";
import { troubleOf } from "./trouble-of.ts";

/** What is known of the hosts; `nodes` is undefined where the cluster is not asked. A host that has a report is judged by that alone. */
export type Evidence = { readonly carried: readonly Carried[]; readonly nodes?: readonly NodeWord[] | undefined };

/** What lay in one file. */
export type Carried = { readonly file: string; readonly report: HostReport | { readonly problem: string } };

export type FleetHost = {
  readonly host: string;
  readonly wanted: number | undefined;
  /** Undefined without anything that is the host's own. */
  readonly words: HostWords | undefined;
  /** What they were read from, where a report was carried. */
  readonly report?: HostReport | undefined;
  /** They are of the wanted host config, and proven to be the host's own. */
  readonly isProven: boolean;
};

export type Fleet = {
  readonly cluster: string;
  /** In the order of the cluster config. */
  readonly hosts: readonly FleetHost[];
  readonly findings: readonly Finding[];
  /** What is remembered from now on. */
  readonly seen: SeenReports;
};

/** `now` in milliseconds since 1970. At most one finding for a host, the first cause; one for each file that is no host's. */
export function fleetOf(wanted: Wanted, { carried, nodes }: Evidence, now: number): Fleet {
  const nodeOf = nodes && new Map(nodes.map((node) => [node.host, node]));
  const own = new Map<string, Own[]>(wanted.hosts.map(({ host }) => [host, []]));
  const strays: Finding[] = [];
  for (const { file, report } of carried) {
    if ("problem" in report) strays.push(unreadable(file, report.problem));
    else if (report.cluster !== wanted.cluster || !own.has(report.host)) strays.push(foreign(file, report, wanted));
    else own.get(report.host)?.push({ file, report });
  }
  const byReport = wanted.hosts.map((host) => judgeReports(host, own.get(host.host) ?? [], { wanted, now }));
  const told = toldInEtcd(byReport.flatMap((judged) => judged?.report ?? []));
  const judged = wanted.hosts.map(
    (host, index) => byReport[index] ?? judgeWithout(host, { wanted, nodeOf, told, now }),
  );
  return {
    cluster: wanted.cluster,
    hosts: judged.map(({ row }) => row),
    findings: [...judged.flatMap(({ finding }) => finding ?? []), ...strays],
    seen: seenAfter(
      wanted.seen,
      judged.flatMap(({ report }) => report ?? []),
    ),
  };
}

/** Hosts with a finding. */
export function illHosts({ findings }: Pick<Fleet, "findings">): ReadonlySet<string> {
  return new Set(findings.flatMap(({ host }) => host ?? []));
}

/** How many have none. */
export function countWell({ hosts, findings }: Pick<Fleet, "hosts" | "findings">): number {
  const ill = illHosts({ findings });
  return hosts.filter(({ host }) => !ill.has(host)).length;
}

type Own = { readonly file: string; readonly report: HostReport };
type Judging = { readonly wanted: Wanted; readonly now: number };
type Places = Judging & {
  readonly nodeOf: ReadonlyMap<string, NodeWord> | undefined;
  readonly told: ReadonlyMap<string, ToldInEtcd>;
};
type Judged = {
  readonly row: FleetHost;
  readonly finding: Finding | undefined;
  /** One that is proven, to be remembered. */
  readonly report?: HostReport | undefined;
};

/** A host of which no report was carried. */
function judgeWithout(host: WantedHost, { nodeOf, told, now, wanted }: Places): Judged {
  const row = { host: host.host, wanted: host.generation, words: undefined, isProven: false };
  if (host.generation === undefined) return { row, finding: unsplit(host.host, wanted.file) };
  const word = nodeOf !== undefined && host.isNode ? undefined : told.get(host.host);
  if (word !== undefined) {
    const { finding, ...said } = judgeTold(host, word);
    return { row: { ...row, ...said }, finding };
  }
  if (nodeOf === undefined) return { row, finding: missing(host.host) };
  const node = nodeOf.get(host.host);
  const { isProven, finding } = judgeNode(host, node, now);
  return { row: { ...row, words: node && wordsOfNode(node), isProven }, finding };
}

/** Of several reports of a host the newest that is believed counts; older ones beside it are no fault. Undefined without any. */
function judgeReports(host: WantedHost, own: readonly Own[], judging: Judging): Judged | undefined {
  if (own.length === 0 || host.generation === undefined) return undefined;
  const newestFirst = own.toSorted((a, b) => orderOf(b.report, a.report));
  const all = newestFirst.map((each) => ({ ...each, refusal: refusalOf(host, each, judging) }));
  const believed = all.find(({ refusal }) => refusal === undefined);
  const row = {
    host: host.host,
    wanted: host.generation,
    words: believed && wordsOfReport(believed.report),
    report: believed?.report,
    isProven: false,
  };
  if (believed === undefined) return { row, finding: all[0]?.refusal };
  const edited = all.find(({ refusal }) => refusal !== undefined && refusal.kind !== "replayed");
  const { report, file } = believed;
  if ((report.generation ?? 0) < (host.generation ?? 0))
    return { row, finding: edited?.refusal ?? behind(host, report, file) };
  const trouble = troubleOf(report, judging.now);
  const told = trouble && { ...trouble, host: host.host, file };
  return { row: { ...row, isProven: true }, finding: edited?.refusal ?? told, report };
}

function orderOf(a: HostReport, b: HostReport): number {
  return (a.generation ?? 0) - (b.generation ?? 0) || a.writtenAt - b.writtenAt;
}

/** Why a report is not believed. One of an older host config cannot be proven, and says nothing but that the host is behind. */
function refusalOf(
  { host, generation = 0, config }: WantedHost,
  own: Own,
  { wanted, now }: Judging,
): Finding | undefined {
  const { report, file } = own;
  const refuse = (kind: FindingKind, what: string, hint: string): Finding => ({ kind, host, file, what, hint });
  const anew = `on ${host}: ${reportLine}`;
  const has = report.generation ?? 0;
  if (has > generation)
    return refuse(
      "ahead",
      `it has generation ${has}, and the last split here made ${generation}`,
      "another copy of pki/ has split since: go on with the newest one",
    );
  const older = olderThan(ownValue(wanted.seen, host), report, now);
  if (older !== undefined) return refuse("replayed", `an old report: ${older}`, anew);
  if (has < generation) return undefined;
  if (config === undefined)
    return refuse("unproven", "its host config is not in the directory of host configs", "flexkube-planner split");
  if (report.configText !== "" && report.configText !== config.text)
    return refuse(
      "other-content",
      `it has another host config of the same generation ${generation}`,
      `somebody else has split, or the report was changed; deliver ${host}'s host config of this split, then ${anew}`,
    );
  if (report.proof === "")
    return refuse(
      "unproven",
      "its report has no proof: it was changed, is no output of status --json, or its agent is older",
      anew,
    );
  if (!isProof(report.proof, report.said, config.key))
    return refuse("unproven", "its report was changed, or is another host's", anew);
  return undefined;
}

function unsplit(host: string, file: string): Finding {
  const hint = `flexkube-planner split ${file}`;
  return { kind: "unsplit", host, file: undefined, what: "it has no host config yet", hint };
}

function missing(host: string): Finding {
  return { kind: "no-report", host, file: undefined, what: "no report of it", hint: `on ${host}: ${reportLine}` };
}

function behind({ host, generation }: WantedHost, report: HostReport, file: string): Finding {
  const what = `it has generation ${report.generation ?? "0"} of ${generation ?? 0}`;
  return { kind: "behind", host, file, what, hint: `deliver ${host}'s host config, then on ${host}: ${reportLine}` };
}

function unreadable(file: string, problem: string): Finding {
  return { kind: "unreadable", host: undefined, file, what: problem, hint: `carry it anew: ${reportLine}` };
}

function foreign(file: string, { cluster, host }: HostReport, wanted: Wanted): Finding {
  const what =
    cluster === wanted.cluster
      ? `is of ${host}, which is no host of ${wanted.file}`
      : `is of ${host} of the cluster ${cluster}, not of ${wanted.cluster}`;
  return { kind: "foreign", host: undefined, file, what, hint: "take the file away" };
}
