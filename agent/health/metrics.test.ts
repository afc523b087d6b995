import assert from "node:assert/strict";
import { test } from "node:test";
import { buildReport } from "#agent/testing/build-report.ts";
import { metricTable } from "./metric-table.ts";
import { createMetrics } from "./metrics.ts";

async function printed(...reports: readonly ReturnType<typeof buildReport>[]): Promise<string> {
  const metrics = createMetrics({ version: "0.1.0" });
  for (const report of reports) metrics.recordTick(report);
  return (await metrics.print()).text;
}

test("what is printed has the names, types and sentences of the table, and no other", async () => {
  const text = await printed();

  const rows = Object.values(metricTable).map(({ name, type, help }) => `${name} ${type} ${help}`);
  const types = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(
    ([, name = "", help = "", type = ""]) => `${name} ${type} ${help}`,
  );
  assert.deepEqual(types.toSorted(), rows.toSorted());
  assert.equal(new Set(rows.map((row) => row.split(" ")[0])).size, rows.length);
});

test("names are as Prometheus has them: units at the end, counters with _total, times with _timestamp or _expiry", () => {
  for (const { name, type, help } of Object.values(metricTable)) {
    assert.match(name, /^flexkube_[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.match(help, /^[1A-Z].*\.$/s, name);
  }
});

test("steps that have not happened yet are 0, so that the first one is an increase", async () => {
  assert.match(await printed(), /^flexkube_steps_total\{kind="restoreData",result="failed"\} 0$/m);
});

test("what is blocked is told by its code, and gone when it is", async () => {
  const about = { component: "web", container: "web", reason: "why" };
  const blocked = [
    { ...about, code: "rejected" },
    { ...about, code: "waiting" },
    { ...about, code: "waiting" },
  ];

  const text = await printed(buildReport({ blocked }));
  assert.match(text, /^flexkube_blocked 3$/m);
  assert.match(text, /^flexkube_blocked_by_code\{code="rejected"\} 1$/m);
  assert.match(text, /^flexkube_blocked_by_code\{code="waiting"\} 2$/m);
  assert.doesNotMatch(await printed(buildReport({ blocked }), buildReport()), /^flexkube_blocked_by_code\{/m);
});

test("a host config that is not taken is told for as long as it is there", async () => {
  const problems = [{ path: "etcd", problem: "no" }];
  const sources = [
    { name: "/etc/flexkube/host.yaml", state: "in-force" as const },
    { name: "https://one", state: "refused" as const },
  ];
  const refused = /^flexkube_config_refused 1$/m;

  assert.match(await printed(buildReport({ result: "config-invalid", problems })), refused);
  assert.match(await printed(buildReport({ sources })), refused);
  assert.match(await printed(buildReport({ problems }), buildReport()), /^flexkube_config_refused 0$/m);
});

test("members of etcd are told where somebody looks after them, with whether one leads and of which cluster", async () => {
  const members = [
    { name: "h1", role: "leader" as const, isWell: true },
    { name: "h2", role: "learner" as const, isWell: false },
  ];
  const etcdMembers = { generation: 3, wished: ["h1", "h2"], members, clusterId: "4d" };

  const text = await printed(buildReport({ etcdMembers }));
  for (const line of [
    "flexkube_etcd_has_leader 1",
    'flexkube_etcd_member_well{member="h1",role="leader"} 1',
    'flexkube_etcd_member_well{member="h2",role="learner"} 0',
    'flexkube_etcd_cluster_info{cluster_id="4d"} 1',
    "flexkube_etcd_members_generation 3",
  ])
    assert.ok(text.includes(`${line}\n`), line);
  const silent = await printed(
    buildReport({ etcdMembers }),
    buildReport({ etcdMembers: { generation: 3, wished: ["h1"], members: [] } }),
  );
  assert.match(silent, /^flexkube_etcd_has_leader 0$/m);
  assert.doesNotMatch(silent, /^flexkube_etcd_(member_well|cluster_info)\{/m);
  assert.doesNotMatch(await printed(buildReport({ etcdMembers }), buildReport()), /^flexkube_etcd_[hmc]/m);
});
