// The agent's Prometheus metrics. The registry is its own: nothing global, so that tests and agents do not mix.
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { tickResults, type Report } from "#agent/report/report.ts";

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
  for (const result of tickResults) instruments.ticks.inc({ result }, 0);
  return {
    recordTick: (report) => recordTick(instruments, report),
    recordStep: ({ kind, result }) => instruments.steps.inc({ kind, result }),
    print: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(registry: Registry) {
  const registers = [registry];
  const duration = new Histogram({
    name: "flexkube_agent_tick_duration_seconds",
    help: "How long ticks took.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
    registers,
  });
  const counter = <Label extends string>(name: string, labelNames: readonly Label[], help: string): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, labelNames: readonly Label[], help: string): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers });
  const container = ["component", "container"] as const;
  return {
    duration,
    ticks: counter("flexkube_agent_ticks_total", ["result"], "Ticks by how they ended."),
    steps: counter("flexkube_steps_total", ["kind", "result"], "Steps by kind and result."),
    build: gauge("flexkube_agent_build_info", ["version"], "1, labelled with the agent's version."),
    lastTick: gauge("flexkube_agent_last_tick_timestamp_seconds", [], "When the newest report was written."),
    healthy: gauge("flexkube_component_healthy", container, "1 while the container's probe holds."),
    expiry: gauge("flexkube_certificate_expiry_seconds", container, "Unix time when the first certificate ends."),
    configExpiry: gauge(
      "flexkube_config_certificates_expiry_seconds",
      [],
      "Unix time when the first certificate of the host config ends, 0 without any.",
    ),
    blocked: gauge("flexkube_blocked", [], "Things that wait for a person or for another host."),
    backupAt: gauge(
      "flexkube_etcd_backup_timestamp_seconds",
      [],
      "Unix time of the newest good backup of etcd on this host, 0 without any.",
    ),
    backupBytes: gauge("flexkube_etcd_backup_bytes", [], "Size of the newest good backup of etcd on this host."),
    backupFailures: counter(
      "flexkube_etcd_backup_failures_total",
      [],
      "Backups of etcd that were not made, or found damaged, since the agent's start.",
    ),
    ...dataGauges(gauge),
    generation: gauge("flexkube_config_generation", [], "Generation of the host config in force."),
  };
}

type MakeGauge = <Label extends string>(name: string, labelNames: readonly Label[], help: string) => Gauge<Label>;

/** Of the own etcd member. */
function dataGauges(gauge: MakeGauge) {
  return {
    dataBytes: gauge("flexkube_etcd_db_size_bytes", [], "Size of the own etcd member's data file."),
    dataInUse: gauge(
      "flexkube_etcd_db_in_use_bytes",
      [],
      "What of it is in use; the rest is freed by a defragmentation.",
    ),
    dataQuota: gauge("flexkube_etcd_db_quota_bytes", [], "Size at which the own etcd member stops writing."),
    defragmentedAt: gauge(
      "flexkube_etcd_defragmentation_timestamp_seconds",
      [],
      "Unix time of the last defragmentation by the agent, 0 without any.",
    ),
    alarm: gauge("flexkube_etcd_alarm", ["member", "alarm"] as const, "1 for each alarm of an etcd member."),
  };
}

function recordTick(instruments: Instruments, report: Report): void {
  instruments.ticks.inc({ result: report.result });
  instruments.duration.observe(report.durationMs / 1000);
  instruments.lastTick.set(Date.parse(report.writtenAt) / 1000);
  instruments.blocked.set(report.blocked.length);
  instruments.configExpiry.set(Date.parse(report.certificatesEnd ?? "1970-01-01T00:00:00Z") / 1000);
  instruments.generation.set(report.generation ?? 0);
  recordBackup(instruments, report.etcdBackup);
  recordCare(instruments, report.etcdCare);
  // components that are gone must not stay as series
  instruments.healthy.reset();
  instruments.expiry.reset();
  for (const { component, container, healthy, certificatesExpire } of report.components) {
    instruments.healthy.set({ component, container }, healthy ? 1 : 0);
    if (certificatesExpire !== undefined)
      instruments.expiry.set({ component, container }, Date.parse(certificatesExpire) / 1000);
  }
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
