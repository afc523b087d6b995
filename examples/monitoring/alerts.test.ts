// Alerts and dashboard ask for nothing that the agent does not tell.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MetricRow } from "#agent/health/metric-table.ts";
import { metricTable } from "#agent/health/metric-table.ts";
import { tickResults } from "#agent/report/report.ts";
import { stepTraits } from "#shared/state/step-traits.ts";
import { dashboardText, panels } from "./dashboard.ts";
import { groupingIn, selectorsIn } from "./expression.ts";
import { alerts } from "./rules.ts";

/** Each series that is printed, with its labels. */
const told = new Map(Object.values<MetricRow>(metricTable).flatMap(seriesOf));
const ofScrape = ["cluster", "instance", "job"];
const values: Readonly<Record<string, readonly string[]>> = {
  result: [...tickResults, "ok", "failed"],
  kind: Object.keys(stepTraits),
  role: ["leader", "voter", "learner"],
};

function seriesOf({ name, type, labels }: MetricRow): readonly (readonly [string, readonly string[]])[] {
  if (type !== "histogram") return [[name, labels]];
  return [
    [`${name}_bucket`, [...labels, "le"]],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
}

const expressions: readonly (readonly [string, string])[] = [
  ...alerts.flatMap(({ name, expr, fires, silent }) =>
    [expr, ...Object.keys(fires), ...Object.keys(silent)].map((text) => [name, text] as const),
  ),
  ...panels.flatMap(({ title, queries }) => queries.map(({ expr }) => [title, expr] as const)),
];

/** What is wrong with what an expression asks for. */
function unknownIn(expression: string): readonly string[] {
  const selectors = selectorsIn(expression);
  const grouped = selectors.flatMap(({ metric }) => told.get(metric) ?? []);
  return [
    ...selectors.flatMap(({ metric, labels }) => {
      const known = metric === "up" ? [] : told.get(metric);
      if (known === undefined) return [metric];
      return Object.entries(labels).flatMap(([label, value]) => [
        ...([...ofScrape, ...known].includes(label) ? [] : [`${metric}{${label}}`]),
        ...value.split("|").filter((each) => values[label]?.includes(each) === false),
      ]);
    }),
    ...groupingIn(expression).filter((label) => ![...ofScrape, ...grouped].includes(label)),
  ];
}

test("every metric, label and value that an alert or a panel names is in the table of metrics", () => {
  for (const [where, expression] of expressions) {
    assert.ok(selectorsIn(expression).length > 0, where);
    assert.deepEqual(unknownIn(expression), [], where);
  }
});

test("a name that the agent does not tell is found", () => {
  assert.deepEqual(unknownIn('max by (odd) (flexkube_nothing) + flexkube_blocked{code="rejected"}'), [
    "flexkube_nothing",
    "flexkube_blocked{code}",
    "odd",
  ]);
  assert.deepEqual(unknownIn('flexkube_steps_total{kind="restore",result="failed"}'), ["restore"]);
  assert.deepEqual(selectorsIn(`sum by (code) (flexkube_nothing{code=~"a|b"}) / up`), [
    { metric: "flexkube_nothing", labels: { code: "a|b" } },
    { metric: "up", labels: {} },
  ]);
  assert.deepEqual(groupingIn("max by (cluster, member) (x) unless on (cluster) y"), ["cluster", "member", "cluster"]);
});

test("alerts have one name each, a sentence, and are shown with the labels they fire with", () => {
  assert.equal(new Set(alerts.map(({ name }) => name)).size, alerts.length);
  for (const { name, summary, action, labels } of alerts) {
    assert.match(summary, /^[A-Z].*\.$/, name);
    assert.match(action, /\.$/, name);
    assert.ok(labels.length > 0, name);
  }
});

type Placed = { readonly id: number; readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>> };

test("panels have ids of their own and lie beside each other", () => {
  const { panels: all } = JSON.parse(dashboardText()) as { readonly panels: readonly Placed[] };
  const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );

  assert.equal(new Set(all.map(({ id }) => id)).size, panels.length);
  assert.equal(new Set(cells).size, cells.length);
  assert.ok(all.every(({ gridPos: { x, w } }) => x + w <= 24));
});
