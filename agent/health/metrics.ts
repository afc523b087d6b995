// The agent's Prometheus metrics. The registry is its own: nothing global, so that tests and agents do not mix.
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { stepTraits } from "#shared/state/step-traits.ts";
import { tickResults, type Report } from "#agent/report/report.ts";
import type { MetricRow } from "./metric-table.ts";
import { metricTable } from "./metric-table.ts";

/** Seconds. */
const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export type Metrics = {
  /** Counts a tick and shows what its report says about components, config and certificates. */
  readonly recordTick: (report: Report) => void;
  readonly recordStep: (step: { readonly kind: string; readonly result: "ok" | "failed" }) => void;
  /** The exposition text and its content type. */
  readonly print: () => Promise<{ readonly text: string; readonly contentType: string }>;
};

/** Metrics of an agent of this version, all at zero. */
export function createMetrics(options: { readonly version: string }): Metrics {
  const registry = new Registry();
  const instruments = createInstruments(registry);
  instruments.build.set({ version: options.version }, 1);
  recordBackup(instruments, undefined);
  recordCare(instruments, undefined);
  recordMembers(instruments, undefined);
  // what has not happened yet is 0: who waits for an increase sees the first one too
  for (const kind of Object.keys(stepTraits))
    for (const result of ["ok", "failed"]) instruments.steps.inc({ kind, result }, 0);
  for (const result of tickResults) instruments.ticks.inc({ result }, 0);
  return {
    recordTick: (report) => recordTick(instruments, report),
    recordStep: ({ kind, result }) => instruments.steps.inc({ kind, result }),
    print: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}

type Instruments = ReturnType<typeof createInstruments>;

type Row<Type extends MetricRow["type"], Label extends string> = Omit<MetricRow<Type>, "labels"> & {
  readonly labels: readonly Label[];
};
/** One for each row of the table, by its key. */
function createInstruments(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>({ name, help, labels: labelNames }: Row<"counter", Label>): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>({ name, help, labels: labelNames }: Row<"gauge", Label>): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers });
  const { duration } = metricTable;
  return {
    duration: new Histogram({ name: duration.name, help: duration.help, buckets, registers }),
    build: gauge(metricTable.build),
    ticks: counter(metricTable.ticks),
    lastTick: gauge(metricTable.lastTick),
    steps: counter(metricTable.steps),
    generation: gauge(metricTable.generation),
    refused: gauge(metricTable.refused),
    configExpiry: gauge(metricTable.configExpiry),
    healthy: gauge(metricTable.healthy),
    restarts: counter(metricTable.restarts),
    expiry: gauge(metricTable.expiry),
    blocked: gauge(metricTable.blocked),
    blockedBy: gauge(metricTable.blockedBy),
    backupAt: gauge(metricTable.backupAt),
    backupBytes: gauge(metricTable.backupBytes),
    backupFailures: counter(metricTable.backupFailures),
    dataBytes: gauge(metricTable.dataBytes),
    dataInUse: gauge(metricTable.dataInUse),
    dataQuota: gauge(metricTable.dataQuota),
    defragmentedAt: gauge(metricTable.defragmentedAt),
    alarm: gauge(metricTable.alarm),
    hasLeader: gauge(metricTable.hasLeader),
    memberWell: gauge(metricTable.memberWell),
    cluster: gauge(metricTable.cluster),
    wishGeneration: gauge(metricTable.wishGeneration),
  } satisfies Readonly<Record<keyof typeof metricTable, unknown>>;
}

function recordTick(instruments: Instruments, report: Report): void {
  instruments.ticks.inc({ result: report.result });
  instruments.duration.observe(report.durationMs / 1000);
  instruments.lastTick.set(Date.parse(report.writtenAt) / 1000);
  instruments.blocked.set(report.blocked.length);
  instruments.blockedBy.reset();
  for (const { code } of report.blocked) instruments.blockedBy.inc({ code });
  instruments.refused.set(isRefused(report) ? 1 : 0);
  instruments.configExpiry.set(Date.parse(report.certificatesEnd ?? "1970-01-01T00:00:00Z") / 1000);
  instruments.generation.set(report.generation ?? 0);
  recordBackup(instruments, report.etcdBackup);
  recordCare(instruments, report.etcdCare);
  recordMembers(instruments, report.etcdMembers);
  // components that are gone must not stay as series
  instruments.healthy.reset();
  instruments.expiry.reset();
  instruments.restarts.reset();
  for (const { component, container, healthy, certificatesEnd, restarts = 0 } of report.components) {
    // as many as the agent has counted
    instruments.restarts.inc({ component, container }, restarts);
    instruments.healthy.set({ component, container }, healthy ? 1 : 0);
    if (certificatesEnd !== undefined)
      instruments.expiry.set({ component, container }, Date.parse(certificatesEnd) / 1000);
  }
}

/** By its own file, or by one of several places that have something newer than what is in force. */
function isRefused({ result, problems, sources = [] }: Report): boolean {
  return result === "config-invalid" || problems.length > 0 || sources.some(({ state }) => state === "refused");
}

/** Series of a host without backups stay away, so that an alert on their age needs no list of hosts. */
function recordBackup({ backupAt, backupBytes, backupFailures }: Instruments, etcdBackup: Report["etcdBackup"]): void {
  for (const instrument of [backupAt, backupBytes, backupFailures]) instrument.remove();
  if (etcdBackup === undefined) return;
  const { newest, failures } = etcdBackup;
  backupAt.set(Date.parse(newest?.takenAt ?? "1970-01-01T00:00:00Z") / 1000);
  backupBytes.set(newest?.bytes ?? 0);
  // as many as the keeper has counted
  backupFailures.inc(failures);
}

/** Series of a host that cares for no member stay away. */
function recordCare(instruments: Instruments, care: Report["etcdCare"]): void {
  const { dataBytes, dataInUse, dataQuota, defragmentedAt, alarm } = instruments;
  for (const instrument of [dataBytes, dataInUse, dataQuota, defragmentedAt]) instrument.remove();
  alarm.reset();
  if (care?.sizeBytes === undefined) return;
  dataBytes.set(care.sizeBytes);
  dataInUse.set(care.inUseBytes ?? 0);
  dataQuota.set(care.quotaBytes);
  defragmentedAt.set(Date.parse(care.defragmentedAt ?? "1970-01-01T00:00:00Z") / 1000);
  for (const each of care.alarms) alarm.set(each, 1);
}

/** Series of a host that looks after no members stay away. */
function recordMembers(instruments: Instruments, about: Report["etcdMembers"]): void {
  const { hasLeader, memberWell, cluster, wishGeneration } = instruments;
  for (const instrument of [hasLeader, wishGeneration]) instrument.remove();
  for (const instrument of [memberWell, cluster]) instrument.reset();
  if (about === undefined) return;
  wishGeneration.set(about.generation);
  hasLeader.set(about.members.some(({ role }) => role === "leader") ? 1 : 0);
  for (const { name, role, isWell } of about.members) memberWell.set({ member: name, role }, isWell ? 1 : 0);
  if (about.clusterId !== undefined) cluster.set({ cluster_id: about.clusterId }, 1);
}
