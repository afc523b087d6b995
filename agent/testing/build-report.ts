// A report for tests: only what matters to a test has to be said.
import type { Report, ReportedComponent } from "#agent/report/report.ts";

/** A settled tick at 2026-01-01T00:00:00Z with an interval of a minute, changed as given. */
export function buildReport(changes: Partial<Report> = {}): Report {
  return {
    version: 1,
    writtenAt: "2026-01-01T00:00:00.000Z",
    agentVersion: "0.1.0",
    cluster: "demo",
    host: "h1",
    generation: 3,
    configDigest: "abc",
    tick: 7,
    intervalMs: 60_000,
    durationMs: 120,
    result: "settled",
    stepCount: 0,
    problems: [],
    blocked: [],
    components: [],
    warnings: [],
    ...changes,
  };
}

/** A healthy etcd member, changed as given. */
export function buildComponent(changes: Partial<ReportedComponent> = {}): ReportedComponent {
  return {
    component: "etcd",
    container: "etcd-h1",
    name: "etcd-h1",
    state: "running",
    healthy: true,
    startedAt: "2025-12-31T22:55:00.000Z",
    image: "etcd:3.6.16",
    spec: "0123456789ab",
    certificatesEnd: "2026-12-01T00:00:00.000Z",
    ...changes,
  };
}
