// The files here are what the alerts and panels say, and Prometheus' own tool judges them. UPDATE_GENERATED=1 writes them anew.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { parse } from "yaml";
import { metricTable } from "#agent/health/metric-table.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { tryCommand } from "#lab/run-command.ts";
import { dashboardText } from "./dashboard.ts";
import { alertsTable, ruleTestsText, rulesText } from "./rules.ts";

const here = import.meta.dirname;
const hint = "run UPDATE_GENERATED=1 node --test examples/monitoring/monitoring.io.test.ts";
const skip = !hasPromtool() && env["REQUIRE_DOCKER"] !== "1" && "promtool is not installed (.ci/debian monitoring)";

/** The text between the line with `begin` and the next empty one after the table. */
function withTable(text: string, table: string): string {
  return text.replace(/^\| (?:alert|metric) \|[\s\S]*?\n(?!\|)/m, () => table);
}

function metricsTable(): string {
  const rows = Object.values(metricTable).map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  return ["| metric | type | labels | |", "|---|---|---|---|", ...rows, ""].join("\n");
}

const files: readonly (readonly [string, (found: string) => string])[] = [
  ["rules.yaml", rulesText],
  ["rules.test.yaml", ruleTestsText],
  ["dashboard.json", dashboardText],
  ["README.md", (found) => withTable(found, alertsTable())],
  ["../../agent/health/README.md", (found) => withTable(found, metricsTable())],
];

for (const [name, make] of files)
  test(`${name} says what the tables say`, async () => {
    const file = join(here, name);
    const found = await readFile(file, "utf8").catch(() => "");
    const text = make(found);
    if (env["UPDATE_GENERATED"] === "1") await writeFile(file, text);

    assert.equal(await readFile(file, "utf8"), text, hint);
  });

test("promtool finds nothing wrong with the rules and the config", { skip }, async () => {
  const { exitCode, stdout, stderr } = await tryCommand([
    "env",
    "-C",
    here,
    "promtool",
    "check",
    "rules",
    "rules.yaml",
  ]);
  assert.equal(exitCode, 0, stdout + stderr);
  const config = await tryCommand(["env", "-C", here, "promtool", "check", "config", "prometheus.yaml"]);
  assert.equal(config.exitCode, 0, config.stdout + config.stderr);
});

test("each alert fires where it shall, and stays silent where it shall", { skip }, async () => {
  const { exitCode, stdout, stderr } = await tryCommand([
    "env",
    "-C",
    here,
    "promtool",
    "test",
    "rules",
    "rules.test.yaml",
  ]);
  assert.equal(exitCode, 0, stdout + stderr);
});

type Scrape = {
  readonly scrape_configs: readonly { readonly static_configs: readonly { readonly targets: readonly string[] }[] }[];
};

test("Prometheus asks each host of the cluster where its agent listens", async () => {
  const machine = fakeMachine(await readFile(join(here, "cluster.yaml"), "utf8"));
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  const config = parse(await readFile(join(here, "prometheus.yaml"), "utf8")) as Scrape;

  const asked = config.scrape_configs.flatMap((each) => each.static_configs.flatMap(({ targets }) => targets));
  const listening = Object.values(machine.hosts()).map(({ address, agent }) => `${address}:${agent.listen?.port}`);
  assert.deepEqual(asked, listening);
});

function hasPromtool(): boolean {
  try {
    execFileSync("promtool", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
