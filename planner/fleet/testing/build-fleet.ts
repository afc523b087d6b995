// A fleet for tests: hosts of generation 7, and their reports as agents print them.
import { proofOf, reportKey } from "#shared/acknowledgement/report-proof.ts";
import type { Wanted, WantedHost } from "#planner/fleet/wanted.ts";
import { reportIn } from "#planner/fleet/host-report.ts";
import type { HostReport } from "#planner/fleet/host-report.ts";

/** 2026-01-01T01:00:00Z. */
export const fleetNow = 1_767_229_200_000;
const cluster = "demo";

export function keyOf(host: string): string {
  return reportKey(`host: ${host}, with its own keys`, "shared by all hosts");
}

export function wantedHost(host: string): WantedHost {
  return { host, isNode: true, generation: 7, config: { text: `text of ${host}`, key: keyOf(host) } };
}

/** Hosts h1, h2 and so on. */
export function wantedFleet(count: number): Wanted {
  const hosts = Array.from({ length: count }, (_, index) => wantedHost(`h${index + 1}`));
  return { cluster, file: "cluster.yaml", hosts, seen: {} };
}

/** What the agent of a host that is well prints, changed as given, and proven after that. */
export function reportText(host: string, changes: object = {}): string {
  const said = {
    version: 1,
    writtenAt: "2026-01-01T00:59:48.000Z",
    agentVersion: "0.1.0",
    cluster,
    host,
    generation: 7,
    configText: `text of ${host}`,
    boot: { id: "boot-1", uptimeMs: 5_000_000 },
    tick: 7,
    intervalMs: 60_000,
    durationMs: 120,
    result: "settled",
    steps: 0,
    problems: [],
    blocked: [],
    components: [
      part("etcd", `etcd-${host}`),
      part("kube-apiserver", "kube-apiserver"),
      part("kube-controller-manager", "kube-controller-manager"),
      part("kube-scheduler", "kube-scheduler"),
      part("kubelet", "kubelet"),
    ],
    certificatesEnd: "2026-12-31T00:00:00Z",
    warnings: [],
    node: { name: host, ready: "True", kubeletVersion: "v1.36.3" },
    trust: ["aa".repeat(32)],
    ...changes,
  };
  return JSON.stringify({ ...said, proof: proofOf(said, keyOf(host)) });
}

export function part(component: string, container: string, changes: object = {}): object {
  return {
    component,
    container,
    name: container,
    state: "running",
    healthy: true,
    image: `${component}:1.36.3`,
    ...changes,
  };
}

/** Throws for a text that is no report. */
export function reportOf(text: string): HostReport {
  const report = reportIn(text);
  if ("problem" in report) throw new Error(report.problem);
  return report;
}
