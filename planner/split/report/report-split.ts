// What split and diff print: which hosts change, and what the agent of each will do. Never a secret's value.
import { rowsText } from "#shared/printable.ts";
import { formatProblem } from "#shared/document/format-problem.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { SplitHost, SplitOutput } from "#planner/output/split-output.ts";
import { timeText } from "#planner/pki/certificate.ts";
import type { SecretDifference } from "./host-difference.ts";
import { publicDifference, secretDifferences } from "./host-difference.ts";
import type { HostChange } from "#planner/split/place-host.ts";
import { previewHost } from "./preview-host.ts";
import type { Effects } from "#planner/effects.ts";
import { goneText, heldOf } from "./report-gone.ts";
import { generationText, groupsText } from "./report-groups.ts";
import { leftHosts, leftText } from "./report-left.ts";
import { membersText } from "./report-members.ts";
import { restoreData, restoreText } from "./report-restore.ts";
import { someOf } from "#shared/some-of.ts";
import type { SplitOptions } from "#planner/split/split-options.ts";
import type { PreparedSplit } from "#planner/split/prepared-split.ts";
import { hostsCompared } from "#planner/split/prepared-split.ts";

const shownPki = 60;
const shownIds = 4;

/** True when split has something to write. */
export function hasChanges({ exposed, hosts, pki, stateText, sealed }: PreparedSplit): boolean {
  return (
    exposed.some(({ canClose }) => canClose) ||
    stateText !== undefined ||
    pki.changes.length > 0 ||
    sealed?.hosts.some(({ isWritten }) => isWritten) === true ||
    hosts.some(({ change }) => change !== "same")
  );
}

/** Says that a cluster is about to be founded, and what of one before is set aside; "" when neither is so. */
export function foundingLine({ cluster, directories, founding, setAside }: PreparedSplit): string {
  if (founding === undefined) return "";
  const { name } = cluster.config;
  const moved = setAside.map(({ from, names, to }) => `${names.join(", ")} of ${from} go to ${to}`);
  const first = `This founds the cluster ${name}: new keys in ${directories.pki}, and etcd begins empty. If ${name} exists already, put back its ${directories.pki} and ${directories.out} instead.`;
  return rowsText([first, ...moved]);
}

/** The line that says that the cluster is up, while that would change anything. */
export function bootstrapLine({ cluster }: PreparedSplit, file: string): string | undefined {
  if (isFounding(cluster) || leavesMasters(cluster)) return `flexkube-planner split ${file} --bootstrapped`;
  return undefined;
}

/** Also while members may begin from a snapshot. */
function isFounding({ bootstrapped, members, restore }: Cluster): boolean {
  return (!bootstrapped || restore?.open === true) && Object.keys(members).length > 0;
}

/** Whether the applier waits for the word to leave system:masters. */
function leavesMasters({ kubernetes, state }: Cluster): boolean {
  return (kubernetes?.controlPlane.size ?? 0) > 0 && state?.applier !== "own";
}

function whenToSay(cluster: Cluster): string {
  return [
    ...(isFounding(cluster) ? ["etcd is up on all its hosts"] : []),
    // said too early, nobody could apply what the applier needs
    ...(leavesMasters(cluster)
      ? ["all of the control plane have this and flexkube-agent status --wait ends with 0 there"]
      : []),
  ].join(", and ");
}

/** Prints the report to standard output, warnings to standard error. `differences` shows the configs' changes too. */
export function reportSplit(
  prepared: PreparedSplit,
  options: SplitOptions & { readonly differences: boolean },
  effects: Effects,
): void {
  if (options.json) {
    for (const part of jsonReport(prepared, options, effects)) effects.print(part);
    return;
  }
  for (const warning of prepared.warnings) effects.printError(`warning: ${formatProblem(warning)}\n`);
  effects.print(options.verbose ? pkiReport(prepared, options) : pkiSummary(prepared));
  const changed = prepared.hosts.filter(({ change }) => change !== "same");
  const shown = changed.slice(0, hostsCompared(options));
  if (!options.verbose) effects.print(groupsText(shown, effects.clock.now()));
  else for (const host of shown) effects.print(hostReport(host, prepared, options, effects));
  const rest = changed.slice(shown.length);
  if (rest.length > 0)
    effects.print(`and ${rest.length} more hosts, ${rest[0]?.host} to ${rest.at(-1)?.host}; --all shows them\n`);
  effects.print(`cluster ${prepared.cluster.config.name}: ${prepared.hosts.length} hosts, ${changed.length} changed\n`);
  effects.print(sealedLine(prepared));
  effects.print(restoreText(prepared));
  effects.print(membersText(prepared));
  for (const host of prepared.gone)
    effects.printError(goneText(host, { ...prepared.directories, now: effects.clock.now() }));
  effects.printError(leftText(prepared.hosts, effects.clock.now()));
  const dates = datesLine(prepared);
  if (dates !== undefined) effects.print(dates);
  const line = bootstrapLine(prepared, options.file);
  if (line !== undefined) effects.print(`when ${whenToSay(prepared.cluster)}, say so once: ${line}\n`);
}

function sealedLine({ sealed }: PreparedSplit): string {
  if (sealed === undefined) return "";
  const written = sealed.hosts.filter(({ isWritten }) => isWritten).length;
  return `sealed in ${sealed.directory}: ${sealed.hosts.length} hosts, ${written} sealed anew\n`;
}

function datesLine({ pki }: PreparedSplit): string | undefined {
  if (pki.dates === undefined) return undefined;
  const { end, renewal } = pki.dates;
  return `deliver this before ${timeText(end)}, when the first certificate ends; the next renewal is due ${timeText(renewal)}: split and deliver by then\n`;
}

/** A line for each cause; a CA is always named, since everybody who trusts it is concerned. */
function pkiSummary({ pki }: PreparedSplit): string {
  const groups = Map.groupBy(pki.changes, ({ cause }) => cause);
  const lines = [...groups].map(([cause, changes]) => {
    const ids = changes.map(({ id }) => id);
    const first = [...ids.filter(isOfCa), ...ids.filter((id) => !isOfCa(id))];
    return `pki ${someOf(first, Math.max(shownIds, ids.filter(isOfCa).length))}: ${cause}`;
  });
  return rowsText(lines);
}

function isOfCa(id: string): boolean {
  return id.endsWith("/ca");
}

function pkiReport({ pki }: PreparedSplit, { all }: SplitOptions): string {
  const shown = all ? pki.changes : pki.changes.slice(0, shownPki);
  const rest = pki.changes.length - shown.length;
  const lines = shown.map(({ id, cause }) => `pki ${id}: ${cause}`);
  return rowsText([...lines, ...(rest === 0 ? [] : [`and ${rest} more keys and certificates; --all shows them`])]);
}

function hostReport(
  host: HostChange,
  prepared: PreparedSplit,
  options: { readonly differences: boolean },
  { clock }: Effects,
): string {
  const lines = [`${host.host}: ${host.change}, ${generationText(host)}`];
  if (options.differences) {
    lines.push(...publicDifference(host.old, host.config).map((line) => `    ${line}`));
    lines.push(
      ...secretDifferences(host.old, host.config, prepared.hashKey).map((secret) => `    ${secretLine(secret)}`),
    );
  }
  lines.push(...previewHost(host.config, host.old, clock.now()).map((line) => `  ${line}`));
  return rowsText(lines);
}

function secretLine({ name, before, after }: SecretDifference): string {
  if (before === undefined) return `+ secret ${name} ${after ?? ""}`;
  return after === undefined ? `- secret ${name} ${before}` : `! secret ${name} ${before} to ${after}`;
}

type Before = Pick<SplitOutput, "version" | "cluster" | "changes" | "founds">;

/** One document, part by part: the differences of thousands of hosts are longer than a text can be. */
function* jsonReport(
  prepared: PreparedSplit,
  options: SplitOptions & { readonly differences: boolean },
  effects: Effects,
): Generator<string> {
  const bootstrap = bootstrapLine(prepared, options.file);
  const before: Before = {
    version: outputVersion,
    cluster: prepared.cluster.config.name,
    changes: hasChanges(prepared),
    founds: prepared.founding !== undefined,
  };
  const restore = restoreData(prepared);
  const after: Omit<SplitOutput, keyof Before | "hosts"> = {
    ...(restore === undefined ? {} : { restore }),
    ...(prepared.members === undefined ? {} : { etcdMembers: prepared.members }),
    pki: prepared.pki.changes.map(({ id, cause }) => ({ name: id, cause })),
    ...(prepared.pki.dates === undefined
      ? {}
      : { certificatesEnd: timeText(prepared.pki.dates.end), renewalDue: timeText(prepared.pki.dates.renewal) }),
    ...(prepared.sealed === undefined ? {} : { sealed: sealedData(prepared.sealed) }),
    gone: prepared.gone.map(({ host }) => host),
    held: heldOf(prepared.gone),
    left: leftHosts(prepared.hosts),
    warnings: prepared.warnings,
    ...(bootstrap === undefined ? {} : { bootstrap }),
  };
  yield `${indented(before).slice(0, -"\n}".length)},\n  "hosts": [`;
  for (const [index, host] of prepared.hosts.entries())
    yield `${index === 0 ? "" : ","}\n    ${indented(hostData(host, prepared, options, effects)).replaceAll("\n", "\n    ")}`;
  yield `${prepared.hosts.length === 0 ? "" : "\n  "}],${indented(after).slice("{".length)}\n`;
}

function sealedData({ directory, hosts }: NonNullable<PreparedSplit["sealed"]>): SplitOutput["sealed"] {
  return { directory, anew: hosts.flatMap(({ host, isWritten }) => (isWritten ? [host] : [])) };
}

function indented(data: object): string {
  return JSON.stringify(data, undefined, 2);
}

function hostData(
  { host, change, generation, config, old }: HostChange,
  { hashKey }: PreparedSplit,
  { differences }: { readonly differences: boolean },
  { clock }: Effects,
): SplitHost {
  return {
    host,
    change,
    generation,
    ...(old?.generation === undefined ? {} : { generationBefore: old.generation }),
    plan: change === "same" ? [] : previewHost(config, old, clock.now()),
    ...(differences && change !== "same"
      ? { difference: publicDifference(old, config), secrets: secretDifferences(old, config, hashKey) }
      : {}),
  };
}
