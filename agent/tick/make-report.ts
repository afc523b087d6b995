// The report of one tick, made from what was observed and, after a plan, from what its steps made of it.
import { careWarnings } from "#agent/report/etcd-care-text.ts";
import { membersWarnings } from "#agent/report/etcd-members-text.ts";
import { backupWarnings } from "#agent/report/etcd-backup-text.ts";
import { certificateDates, endWarnings } from "#agent/report/certificates-end.ts";
import type { Execution } from "#agent/execute/execute-plan.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { pendingOf } from "#agent/report/pending-steps.ts";
import type { KnownRun } from "#agent/report/known-runs.ts";
import type { Report, ReportedComponent } from "#agent/report/report.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { ObservedCluster } from "#shared/state/applied-objects.ts";
import type { DesiredContainer, DesiredState, UnmetContainer } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printStep } from "#shared/reconcile/print.ts";
import { ailmentOf } from "#shared/reconcile/container/ailment.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import type { Plan, Step } from "#shared/state/step.ts";
import type { Loaded } from "./load-config.ts";

/** What is known about a tick when it ends; less is known the earlier it failed. */
export type TickFacts = {
  readonly result: Report["result"];
  readonly loaded?: Loaded | undefined;
  readonly observed?: ObservedState | undefined;
  readonly plan?: Plan | undefined;
  readonly problems?: Report["problems"] | undefined;
  readonly error?: Error | undefined;
  readonly executions?: readonly Execution[] | undefined;
  readonly underway?: Report["underway"];
  /** Steps of the plan that are done in a tick that has not ended. */
  readonly done?: readonly Step[] | undefined;
  readonly stoppedSince?: string | undefined;
  /** What is known of the runs of the container with this id. */
  readonly runOf?: ((id: string) => KnownRun | undefined) | undefined;
};

export type TickStamp = Pick<
  Report,
  | "writtenAt"
  | "agentVersion"
  | "tick"
  | "intervalMs"
  | "durationMs"
  | "failingForMs"
  | "boot"
  | "source"
  | "etcdBackup"
  | "etcdCare"
  | "etcdMembers"
>;

/** Without observation the components of the report before are kept: status then shows the last known state and its age. */
export function makeReport(facts: TickFacts, stamp: TickStamp, before: Report | undefined): Report {
  const { loaded, observed, plan } = facts;
  const { end, renewal } =
    loaded === undefined
      ? { end: before?.certificatesEnd, renewal: before?.renewalDue }
      : certificateDates(loaded.config);
  const etcd = etcdOf(facts, stamp, before);
  return {
    version: 1,
    ...stamp,
    ...etcd,
    cluster: loaded?.config.cluster ?? before?.cluster,
    host: loaded?.config.host ?? before?.host,
    generation: loaded?.config.generation ?? before?.generation,
    configDigest: loaded?.desired.config ?? before?.configDigest,
    sources: loaded === undefined ? before?.sources : reportedSources(loaded, stamp.source),
    result: facts.result,
    underway: facts.underway,
    stoppedSince: facts.stoppedSince,
    stepCount: plan?.steps.length ?? 0,
    pending: pendingOf(plan?.steps ?? [], facts.done ?? facts.executions?.at(-1)?.done ?? []),
    problems: [...(facts.problems ?? loaded?.problems ?? [])],
    blocked: [...(plan?.blocked ?? [])],
    components:
      facts.result === "stopped"
        ? []
        : loaded === undefined || observed === undefined
          ? (before?.components ?? [])
          : [
              ...loaded.desired.containers.map((container) => reported(container, { ...facts, observed })),
              ...(loaded.desired.unmet ?? []).map((container) => reportedUnmet(container, observed)),
            ],
    certificatesEnd: end,
    renewalDue: renewal,
    warnings: [
      ...furtherFailures(facts),
      ...keepingWarnings(loaded),
      ...endWarnings(end, Date.parse(stamp.writtenAt)),
      ...etcdWarnings(etcd, Date.parse(stamp.writtenAt)),
      ...(loaded?.warnings ?? []),
      ...(plan?.warnings ?? []),
    ],
    node: loaded === undefined || observed === undefined ? before?.node : reportedNode(loaded.desired, observed),
    clusterObjects:
      loaded === undefined || observed === undefined
        ? before?.clusterObjects
        : reportedObjects(loaded.desired, observed.cluster),
    error: errorOf(facts.error),
  };
}

/** A file alone is told by the problems. */
function reportedSources({ sources = [] }: Loaded, source: Report["source"]): Report["sources"] {
  return source?.urls === undefined && sources.length < 2 ? undefined : sources;
}

type EtcdReports = Pick<Report, "etcdBackup" | "etcdCare" | "etcdMembers">;

/** What works on etcd beside the ticks. A process that does none of it, such as `apply`, leaves what the loop has told. */
function etcdOf({ loaded }: TickFacts, stamp: TickStamp, before: Report | undefined): EtcdReports {
  const told = <Key extends keyof EtcdReports>(key: Key): EtcdReports[Key] =>
    loaded !== undefined && loaded.desired[key] === undefined ? undefined : (stamp[key] ?? before?.[key]);
  return { etcdBackup: told("etcdBackup"), etcdCare: told("etcdCare"), etcdMembers: told("etcdMembers") };
}

function etcdWarnings({ etcdBackup, etcdCare, etcdMembers }: EtcdReports, now: number): readonly string[] {
  return [
    ...(etcdBackup === undefined ? [] : backupWarnings(etcdBackup, now)),
    ...(etcdCare === undefined ? [] : careWarnings(etcdCare)),
    ...(etcdMembers === undefined ? [] : membersWarnings(etcdMembers)),
  ];
}

/** All that failed besides what the error tells of: four images that cannot be pulled are four things to do. */
function furtherFailures({ executions = [], error }: TickFacts): readonly string[] {
  const failures = executions.at(-1)?.failures ?? [];
  return failures
    .filter((failure) => failure.error !== error)
    .map((failure) => `also failed: ${printStep(failure.step)}: ${reasonOf(failure.error)}`);
}

function keepingWarnings(loaded: Loaded | undefined): readonly string[] {
  if (loaded?.inMemory === undefined) return [];
  const { path, reason } = loaded.inMemory.details;
  return [`the config in force is kept in memory only, a restart begins from the delivered file: ${path}: ${reason}`];
}

type Known = Pick<TickFacts, "plan" | "runOf"> & { readonly observed: ObservedState };

function reported(container: DesiredContainer, { observed, plan, runOf }: Known): ReportedComponent {
  const slot = slotOf(observed, container.name, container.specHash);
  const current = slot.current ?? slot.old;
  const healthy = observed.health.get(container.name) === true;
  const blocked = plan?.blocked.find((item) => item.container === container.name);
  return {
    component: container.component,
    container: container.name,
    name: current?.name ?? container.name,
    state: current?.state ?? "missing",
    healthy,
    reason:
      blocked?.reason ??
      (healthy ? undefined : unhealthyReason(container, { isThere: current !== undefined, observed, plan })),
    once: container.once === undefined ? undefined : true,
    startedAt: timeOf(current?.startedAt),
    endedAt: container.once === undefined ? undefined : timeOf(current?.finishedAt),
    ...restartsOf(current && runOf?.(current.id)),
    image: current?.image ?? container.spec.image,
    spec: (current?.specHash ?? container.specHash).slice(0, 12),
    certificatesEnd: container.certificatesExpire,
  };
}

function restartsOf(run: KnownRun | undefined): Pick<ReportedComponent, "restarts" | "exitCode"> {
  if (run === undefined || run.restarts === 0) return {};
  return { restarts: run.restarts, ...(run.exitCode === undefined ? {} : { exitCode: run.exitCode }) };
}

function reportedNode({ node: desired }: DesiredState, { node }: ObservedState): Report["node"] {
  if (desired === undefined || node === undefined) return undefined;
  const { name } = desired;
  return node.state === "there"
    ? { name, ready: node.ready, kubeletVersion: node.kubeletVersion }
    : { name, ready: node.state };
}

function reportedObjects(
  { clusterObjects, host }: DesiredState,
  cluster: ObservedCluster | undefined,
): Report["clusterObjects"] {
  if (clusterObjects === undefined || cluster === undefined) return undefined;
  if (cluster.state === "unreachable" || cluster.state === "outdated") return {};
  if (cluster.state === "elsewhere") return { appliedBy: cluster.holder };
  const { record, held } = cluster;
  const inForce = (known: Readonly<Record<string, { readonly digest: string }>>, wanted: readonly Wanted[]): number =>
    wanted.filter(({ name, digest }) => known[name]?.digest === digest).length;
  return {
    ...(held ? { appliedBy: host } : {}),
    manifests: inForce(record.manifests, clusterObjects.manifests),
    releases: inForce(record.releases, clusterObjects.releases),
  };
}

type Wanted = { readonly name: string; readonly digest: string };

function unhealthyReason(
  { once, name, spec }: DesiredContainer,
  {
    isThere,
    observed,
    plan,
  }: { readonly isThere: boolean; readonly observed: ObservedState; readonly plan: Plan | undefined },
): string {
  if (!isThere) {
    const waits = plan?.steps.some(({ kind, subject }) => kind === "fetchImage" && subject === spec.image) === true;
    return waits ? `not created yet (waits for image ${spec.image})` : `there is no container ${name}`;
  }
  return once === undefined ? ailmentOf(observed, name) : "it has not done its work yet";
}

function timeOf(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}

/** What runs of it is told of as it is; how it should be is not known yet. */
function reportedUnmet({ component, name, reason }: UnmetContainer, observed: ObservedState): ReportedComponent {
  const current = observed.containers.find((container) => container.container === name);
  return {
    component,
    container: name,
    name: current?.name ?? name,
    state: current?.state ?? "missing",
    healthy: false,
    reason,
    startedAt: timeOf(current?.startedAt),
    image: current?.image ?? "",
    spec: current?.specHash.slice(0, 12) ?? "",
  };
}

function errorOf(error: Error | undefined): Report["error"] {
  if (error === undefined) return undefined;
  if (isFlexkubeError(error))
    return { code: error.code, message: error.message, details: JSON.stringify(error.details) };
  return { code: "INTERNAL_BUG", message: error.message, details: "" };
}
