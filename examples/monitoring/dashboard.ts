// The dashboard for Grafana, made of a table of panels.

type Query = { readonly expr: string; readonly legend: string };
export type Panel = {
  readonly title: string;
  readonly description: string;
  readonly type: "stat" | "timeseries" | "table";
  /** Grafana's name of it. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of 24. */
  readonly width: 6 | 12 | 24;
  /** From which value on it is red; `below` where small ones are bad. */
  readonly red?: { readonly from: number; readonly isBelow?: true };
};

const chosen = `cluster=~"$cluster"`;
const day = 86_400;

export const panels: readonly Panel[] = [
  stat("Agents that answer", `sum(up{job="flexkube-agent",${chosen}})`, "Of all that Prometheus knows.", "none"),
  {
    ...stat(
      "Blocked",
      `sum(flexkube_blocked{${chosen}})`,
      "Things that wait for a person or for another host.",
      "none",
    ),
    red: { from: 1 },
  },
  {
    ...stat(
      "First certificate to end",
      `min(flexkube_config_certificates_expiry_seconds{${chosen}} > 0) - time()`,
      "Split and deliver before.",
      "s",
    ),
    red: { from: 7 * day, isBelow: true },
  },
  {
    ...stat(
      "Oldest newest backup of etcd",
      `time() - min(flexkube_etcd_backup_timestamp_seconds{${chosen}} > 0)`,
      "Of the host whose newest good backup is the oldest.",
      "s",
    ),
    red: { from: 26 * 3600 },
  },
  series("Since the last tick", "s", "How old each agent's newest report is.", [
    { expr: `time() - flexkube_agent_last_tick_timestamp_seconds{${chosen}}`, legend: "{{instance}}" },
  ]),
  series("Ticks", "ops", "By how they ended.", [
    { expr: `sum by (result) (rate(flexkube_agent_ticks_total{${chosen}}[5m]))`, legend: "{{result}}" },
  ]),
  series("Duration of a tick", "s", "Median, and what 99 of 100 stay below.", [
    { expr: quantile("0.5"), legend: "median" },
    { expr: quantile("0.99"), legend: "99 %" },
  ]),
  series("Steps", "none", "What agents did in the last hour, by kind; failed ones by themselves.", [
    {
      expr: `sum by (kind, result) (increase(flexkube_steps_total{${chosen}}[1h])) > 0`,
      legend: "{{kind}} {{result}}",
    },
  ]),
  series("Blocked, by why", "none", "rejected is a change that did not work and was taken back.", [
    { expr: `sum by (instance, code) (flexkube_blocked_by_code{${chosen}})`, legend: "{{instance}} {{code}}" },
  ]),
  series("Restarts", "none", "How often containers ended by themselves in the last hour.", [
    {
      expr: `increase(flexkube_container_restarts_total{${chosen}}[1h]) > 0`,
      legend: "{{instance}} {{container}}",
    },
  ]),
  series("Not healthy", "none", "Containers whose probe does not hold.", [
    { expr: `flexkube_component_healthy{${chosen}} == 0`, legend: "{{instance}} {{container}}" },
  ]),
  series("Generation in force", "none", "Each host counts its own; a step is a delivery that was taken.", [
    { expr: `flexkube_config_generation{${chosen}}`, legend: "{{instance}}" },
    { expr: `flexkube_config_refused{${chosen}} == 1`, legend: "{{instance}} refuses one" },
  ]),
  series("etcd's data, share of its quota", "percentunit", "The file, and what of it is in use.", [
    { expr: `flexkube_etcd_db_size_bytes{${chosen}} / flexkube_etcd_db_quota_bytes`, legend: "{{instance}}" },
    { expr: `flexkube_etcd_db_in_use_bytes{${chosen}} / flexkube_etcd_db_quota_bytes`, legend: "{{instance}} in use" },
  ]),
  series("etcd's members that are well", "none", "As the host sees them that sees most.", [
    { expr: `max by (member, role) (flexkube_etcd_member_well{${chosen}})`, legend: "{{member}} {{role}}" },
  ]),
  series("Backups of etcd", "bytes", "Size of the newest good one.", [
    { expr: `flexkube_etcd_backup_bytes{${chosen}}`, legend: "{{instance}}" },
  ]),
  {
    title: "Agents",
    description: "Which version runs where.",
    type: "table",
    unit: "none",
    queries: [{ expr: `flexkube_agent_build_info{${chosen}}`, legend: "" }],
    width: 12,
  },
];

function stat(title: string, expr: string, description: string, unit: string): Panel {
  return { title, description, type: "stat", unit, queries: [{ expr, legend: "" }], width: 6 };
}

function series(title: string, unit: string, description: string, queries: readonly Query[]): Panel {
  return { title, description, type: "timeseries", unit, queries, width: 12 };
}

function quantile(share: string): string {
  return `histogram_quantile(${share}, sum by (le) (rate(flexkube_agent_tick_duration_seconds_bucket{${chosen}}[15m])))`;
}

const height = 8;
const columns = 24;
const datasource = { type: "prometheus", uid: "${datasource}" };

/** dashboard.json, as Grafana imports it. */
export function dashboardText(): string {
  const dashboard = {
    uid: "flexkube",
    title: "flexkube",
    tags: ["flexkube"],
    timezone: "utc",
    schemaVersion: 39,
    refresh: "1m",
    time: { from: "now-24h", to: "now" },
    templating: { list: variables() },
    panels: placed(panels),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function variables(): readonly object[] {
  return [
    { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" },
    {
      name: "cluster",
      label: "Cluster",
      type: "query",
      datasource,
      query: { query: "label_values(flexkube_agent_build_info, cluster)", refId: "cluster" },
      refresh: 2,
      multi: true,
      includeAll: true,
      allValue: ".*",
      current: { text: "All", value: "$__all" },
    },
  ];
}

/** From left to right, a row when it is full. */
function placed(all: readonly Panel[]): readonly object[] {
  let [x, y] = [0, 0];
  return all.map((panel, index) => {
    if (x + panel.width > columns) [x, y] = [0, y + height];
    const gridPos = { x, y, w: panel.width, h: height };
    x += panel.width;
    return { id: index + 1, gridPos, ...panelOf(panel) };
  });
}

function panelOf({ title, description, type, unit, queries, red }: Panel): object {
  const isTable = type === "table";
  const color = (value: number | null, name: string): object => ({ value, color: name });
  const steps =
    red === undefined
      ? [color(null, "green")]
      : red.isBelow === true
        ? [color(null, "red"), color(red.from, "green")]
        : [color(null, "green"), color(red.from, "red")];
  return {
    title,
    description,
    type,
    datasource,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource,
      expr,
      ...(legend === "" ? {} : { legendFormat: legend }),
      ...(isTable ? { format: "table", instant: true } : {}),
    })),
    fieldConfig: { defaults: { unit, thresholds: { mode: "absolute", steps } }, overrides: [] },
  };
}
