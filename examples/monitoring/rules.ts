// The files that Prometheus and promtool read, made of the alerts.
import { stringify } from "yaml";
import type { Alert, Series } from "./alert.ts";
import { etcdAlerts } from "./etcd-alerts.ts";
import { hostAlerts } from "./host-alerts.ts";

export const alerts: readonly Alert[] = [...hostAlerts, ...etcdAlerts];

const made = "# Made of host-alerts.ts and etcd-alerts.ts by monitoring.io.test.ts; changes here are lost.\n";
const format = { lineWidth: 0, aliasDuplicateObjects: false } as const;

/** rules.yaml */
export function rulesText(): string {
  const rules = alerts.map(({ name, expr, for: duration, severity, summary }) => ({
    alert: name,
    expr,
    for: duration,
    labels: { severity },
    annotations: annotations({ name, summary }),
  }));
  return `${made}${stringify({ groups: [{ name: "flexkube", rules }] }, format)}`;
}

/** rules.test.yaml: each alert where it fires and where it stays silent. */
export function ruleTestsText(): string {
  const tests = alerts.flatMap((alert) => [testOf(alert, alert.fires, firing(alert)), testOf(alert, alert.silent, [])]);
  return `${made}${stringify({ rule_files: ["rules.yaml"], evaluation_interval: "5m", tests }, format)}`;
}

function testOf({ name, at }: Alert, series: Series, expected: readonly object[]): object {
  return {
    interval: "1m",
    input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
    alert_rule_test: [{ eval_time: at, alertname: name, exp_alerts: expected }],
  };
}

function firing({ name, severity, summary, labels }: Alert): readonly object[] {
  return labels.map((each) => ({
    exp_labels: { ...each, severity },
    exp_annotations: annotations({ name, summary }),
  }));
}

function annotations({ name, summary }: Pick<Alert, "name" | "summary">): Readonly<Record<string, string>> {
  return { summary, runbook: `examples/monitoring/README.md#${name.toLowerCase()}` };
}

/** The rows of README.md. */
export function alertsTable(): string {
  const rows = alerts.map(
    ({ name, severity, for: duration, summary, action }) =>
      `| <a id="${name.toLowerCase()}"></a>\`${name}\` | ${severity} | ${duration === "0m" ? "at once" : duration} | ${summary} | ${action} |`,
  );
  return ["| alert | severity | after | what is so | what to do |", "|---|---|---|---|---|", ...rows, ""].join("\n");
}
