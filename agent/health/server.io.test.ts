import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createServedPage } from "#agent/page/served-page.ts";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import type { Report } from "#agent/report/report.ts";
import { createMetrics } from "./metrics.ts";
import { startHealthServer } from "./server.ts";

async function setUp(context: TestContext, report: Report | undefined) {
  const clock = new FakeClock();
  const metrics = createMetrics({ version: "0.1.0" });
  const state = createMemoryState();
  const lastReport = (): Report | undefined => report;
  const page = createServedPage({ lastReport, readEvents: state.readEvents, clock });
  const sources = { lastReport, metrics, page, clock, address: "127.0.0.1", port: 0 };
  const server = await startHealthServer(sources);
  context.after(() => server.close());
  const get = async (path: string, method = "GET"): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return `${answer.status} ${await answer.text()}`;
  };
  return { clock, metrics, get, port: server.port, state };
}

test("healthz is 200 while the last report is young and did not fail", async (context) => {
  const { get } = await setUp(context, buildReport());

  assert.equal(await get("/healthz"), "200 ok: tick 7 settled 0s ago\n");
});

test("healthz is 503 with a reason when the last tick failed or the config is not usable", async (context) => {
  const error = { code: "ENGINE_TIMEOUT", message: "no answer", details: "{}" };
  const failed = await setUp(context, buildReport({ result: "failed", error }));
  const invalid = await setUp(context, buildReport({ result: "config-invalid" }));

  assert.equal(await failed.get("/healthz"), "503 not ok: tick 7 failed 0s ago: no answer (ENGINE_TIMEOUT)\n");
  assert.equal(await invalid.get("/healthz?verbose"), "503 not ok: tick 7 config-invalid 0s ago\n");
});

test("healthz is 503 before the first report and after three missed intervals", async (context) => {
  const none = await setUp(context, undefined);
  const old = await setUp(context, buildReport({ intervalMs: 10_000 }));
  await old.clock.advance(30_001);

  assert.equal(await none.get("/healthz"), "503 not ok: no report yet\n");
  assert.equal(await old.get("/healthz"), "503 not ok: last report 30s ago\n");
});

test("anything else is refused politely", async (context) => {
  const { get } = await setUp(context, buildReport());

  assert.equal(await get("/index.html"), "404 see /, /healthz and /metrics\n");
  assert.equal(await get("//"), "404 see /, /healthz and /metrics\n");
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
    for (const path of ["/", "/healthz"]) assert.equal(await get(path, method), "405 only GET\n");
  assert.equal(await get("/", "HEAD"), "200 ");
  assert.equal(await get("/healthz", "HEAD"), "200 ");
});

test("the page of the host is at /, with a policy that allows its own style sheet and nothing else", async (context) => {
  const { get, port, state, clock } = await setUp(context, buildReport({ components: [buildComponent()] }));
  const about = { component: "etcd", container: "etcd-h1", cause: "<b>it ended</b>" };
  await state.appendEvent({ at: "2026-01-01T00:00:00Z", kind: "ended", ...about });

  const answer = await fetch(`http://127.0.0.1:${port}/?x`);
  const text = await answer.text();

  assert.equal(answer.status, 200);
  for (const [name, value] of Object.entries({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  }))
    assert.equal(answer.headers.get(name), value);
  const style = text.slice(text.indexOf("<style>") + "<style>".length, text.indexOf("</style>"));
  const digest = createHash("sha256").update(style).digest("base64");
  assert.equal(
    answer.headers.get("content-security-policy"),
    `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  assert.ok(text.includes("etcd-h1</strong> ended: &lt;b&gt;it ended&lt;/b&gt;"));
  assert.match(text, /<meta http-equiv="refresh" content="15">/);
  await state.appendEvent({ at: "2026-01-01T00:00:09Z", kind: "restarted", ...about });
  assert.equal(await get("/"), `200 ${text}`);
  await clock.advance(1000);
  assert.ok((await get("/")).includes("etcd-h1</strong> restarted"));
});

test("a page is served before the first report, and says so when the report is old", async (context) => {
  const none = await setUp(context, undefined);
  const old = await setUp(context, buildReport({ intervalMs: 10_000 }));
  await old.clock.advance(30_001);

  assert.match(await none.get("/"), /no report yet/);
  assert.match(await old.get("/"), /<strong class="bad">the report is OLD: is the agent running\?<\/strong>/);
});

test("metrics show ticks, steps, components and certificates", async (context) => {
  const { get, metrics } = await setUp(context, undefined);
  metrics.recordStep({ kind: "startContainer", result: "ok" });
  metrics.recordTick(
    buildReport({
      result: "changed",
      components: [buildComponent({ restarts: 2 })],
      generation: 3,
      etcdBackup: {
        directory: "/var/lib/flexkube-backup",
        everyMs: 3_600_000,
        newest: { name: "x.db", takenAt: "2026-01-01T00:00:00.000Z", revision: 5, bytes: 4128 },
        kept: 2,
        damaged: [],
        failures: 3,
      },
      certificatesEnd: "2027-01-01T00:00:00Z",
    }),
  );

  const text = await get("/metrics");

  for (const line of [
    'flexkube_agent_build_info{version="0.1.0"} 1',
    "flexkube_etcd_backup_timestamp_seconds 1767225600",
    "flexkube_etcd_backup_bytes 4128",
    "flexkube_etcd_backup_failures_total 3",
    'flexkube_agent_ticks_total{result="changed"} 1',
    'flexkube_agent_ticks_total{result="failed"} 0',
    'flexkube_agent_tick_duration_seconds_bucket{le="0.25"} 1',
    'flexkube_steps_total{kind="startContainer",result="ok"} 1',
    'flexkube_container_restarts_total{component="etcd",container="etcd-h1"} 2',
    'flexkube_component_healthy{component="etcd",container="etcd-h1"} 1',
    `flexkube_certificate_expiry_seconds{component="etcd",container="etcd-h1"} ${Date.parse("2026-12-01T00:00:00Z") / 1000}`,
    "flexkube_config_generation 3",
    `flexkube_config_certificates_expiry_seconds ${Date.parse("2027-01-01T00:00:00Z") / 1000}`,
  ])
    assert.ok(text.includes(`${line}\n`), line);
});

test("a component that is gone leaves no series behind", async (context) => {
  const { get, metrics } = await setUp(context, undefined);
  metrics.recordTick(buildReport({ components: [buildComponent()] }));

  metrics.recordTick(buildReport({ components: [] }));

  assert.ok(!(await get("/metrics")).includes("etcd-h1"));
});

test("a host without backups has no series of them, on whose age somebody would be alarmed", async (context) => {
  const { get, metrics } = await setUp(context, undefined);
  assert.doesNotMatch(await get("/metrics"), /^flexkube_etcd_backup/m);

  metrics.recordTick(buildReport());

  assert.doesNotMatch(await get("/metrics"), /^flexkube_etcd_backup/m);
});

test("half-open requests, however many, keep nobody from healthz", async (context) => {
  const { get, port } = await setUp(context, buildReport());
  const half = Array.from({ length: 200 }, () => connect({ host: "127.0.0.1", port }));
  context.after(() => half.forEach((socket) => socket.destroy()));
  await Promise.all(
    half.map(async (socket) => {
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    }),
  );

  assert.equal(await get("/healthz"), "200 ok: tick 7 settled 0s ago\n");
});

test("a port that is taken is an error at the start", async (context) => {
  const clock = new FakeClock();
  const page = async (): Promise<string> => Promise.resolve("");
  const sources = { lastReport: () => undefined, metrics: createMetrics({ version: "0.1.0" }), page, clock };
  const first = await startHealthServer({ ...sources, address: "127.0.0.1", port: 0 });
  context.after(() => first.close());

  await assert.rejects(startHealthServer({ ...sources, address: "127.0.0.1", port: first.port }), /EADDRINUSE/);
});
