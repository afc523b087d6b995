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
  return {
    build: new Gauge({
      name: "flexkube_agent_build_info",
      help: "1, labelled with the agent's version.",
      labelNames: ["version"],
      registers,
    }),
    ticks: new Counter({
      name: "flexkube_agent_ticks_total",
      help: "Ticks by how they ended.",
      labelNames: ["result"],
      registers,
    }),
    duration: new Histogram({
      name: "flexkube_agent_tick_duration_seconds",
      help: "How long ticks took.",
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
      registers,
    }),
    lastTick: new Gauge({
      name: "flexkube_agent_last_tick_timestamp_seconds",
      help: "When the newest report was written.",
      registers,
    }),
    steps: new Counter({
      name: "flexkube_steps_total",
      help: "Steps by kind and result.",
      labelNames: ["kind", "result"],
      registers,
    }),
    healthy: new Gauge({
      name: "flexkube_component_healthy",
      help: "1 while the container's probe holds.",
      labelNames: ["component", "container"],
      registers,
    }),
    expiry: new Gauge({
      name: "flexkube_certificate_expiry_seconds",
      help: "Unix time of the earliest end among a container's certificates.",
      labelNames: ["component", "container"],
      registers,
    }),
    blocked: new Gauge({
      name: "flexkube_blocked",
      help: "Things that wait for a person or for another host.",
      registers,
    }),
    generation: new Gauge({
      name: "flexkube_config_generation",
      help: "Generation of the host config in force.",
      registers,
    }),
  };
}

function recordTick(instruments: Instruments, report: Report): void {
  instruments.ticks.inc({ result: report.result });
  instruments.duration.observe(report.durationMs / 1000);
  instruments.lastTick.set(Date.parse(report.writtenAt) / 1000);
  instruments.blocked.set(report.blocked.length);
  instruments.generation.set(report.generation ?? 0);
  // components that are gone must not stay as series
  instruments.healthy.reset();
  instruments.expiry.reset();
  for (const { component, container, healthy, certificatesExpire } of report.components) {
    instruments.healthy.set({ component, container }, healthy ? 1 : 0);
    if (certificatesExpire !== undefined)
      instruments.expiry.set({ component, container }, Date.parse(certificatesExpire) / 1000);
  }
}
