// What is told of a tick before it ends, and what ends it before its time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createRoundLog } from "#agent/log/round-log.ts";
import { createNudges } from "./nudges.ts";
import { outcomeOf } from "#agent/cli/status-outcome.ts";
import { acknowledgementOf } from "#agent/sources/acknowledgement-of.ts";
import { agentHealth } from "#agent/health/agent-health.ts";
import { printStatus } from "#agent/report/print-status.ts";
import type { Report } from "#agent/report/report.ts";
import { runTick } from "./run-tick.ts";
import type { TickOptions } from "./run-tick.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";

const config = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  first: { image: "server:1" }
  slow: { image: "slow:1", probe: { tcp: { port: 9 }, deadline: 120s } }
`;

async function tickOf(host: FakeHost, options: Partial<TickOptions>): Promise<Report> {
  const agent = await host.newAgent();
  const signal = new AbortController().signal;
  const before = await host.state.readReport();
  const all = { agent, version: "test", signal, onReport: () => undefined, ...options };
  return (await runTick(all, { count: 1, before })).report;
}

test("a first start is reported before it begins and as its steps are done", async () => {
  const host = createFakeHost({ "server:1": () => ({}), "slow:1": () => ({}) });
  host.give(config);
  const told: Report[] = [];

  const last = await tickOf(host, { onProgress: (report) => void told.push(report) });

  assert.deepEqual(
    told.map(({ result }) => result).filter((result) => result !== "working"),
    [],
  );
  assert.equal(told[0]?.underway?.step, "look at the host");
  const waiting = told.find(({ underway }) => underway?.step.startsWith("wait until slow"));
  assert.ok(waiting !== undefined, JSON.stringify(told.map(({ underway }) => underway)));
  assert.equal(waiting.components.find(({ name }) => name === "first")?.state, "running");
  // a plan counts on it, a report does not
  const slow = waiting.components.find(({ name }) => name === "slow");
  assert.deepEqual([slow?.healthy, slow?.reason], [false, "it was started, and its probe has not held yet"]);
  assert.equal(last.components.find(({ name }) => name === "slow")?.healthy, false);
  assert.match(
    printStatus(waiting, { now: host.clock.now() }),
    /tick 1 under way: wait until slow is healthy.* \([1-9][0-9]* of [1-9][0-9]* steps done\) since /,
  );
  const { count, first = [] } = waiting.pending ?? {};
  assert.equal(first[0], waiting.underway?.step);
  assert.equal(count, waiting.stepCount - (waiting.underway?.done ?? 0));
  assert.match(printStatus(waiting, { now: host.clock.now() }), /^to do: wait until slow is healthy/m);
  assert.deepEqual(agentHealth(waiting, { now: Date.parse(waiting.writtenAt) }).healthy, false);
  assert.notEqual(last.result, "working");
});

test("a tick that is told to end before it has begun is cut short, and no bug", async () => {
  const host = createFakeHost({ "server:1": () => ({}), "slow:1": () => ({}) });
  host.give(config);

  const { result, error } = await tickOf(host, { signal: AbortSignal.abort(new Error("SIGTERM")) });

  assert.equal(result, "failed");
  assert.deepEqual(error, {
    code: "STEP_CUT_SHORT",
    message: "the agent was told to end",
    details: '{"reason":"SIGTERM"}',
  });
});

test("the step under way is told though it follows others at once, and lives as long as it is looked at", async () => {
  const host = createFakeHost({ "server:1": () => ({}), "slow:1": () => ({}) });
  host.give(config);
  const told: Report[] = [];

  await tickOf(host, { onProgress: (report) => void told.push(report) });

  const times = told.map(({ writtenAt }) => Date.parse(writtenAt));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.ok(
    gaps.every((gap) => gap >= 1000 && gap <= 15_000),
    String(gaps),
  );
});

test("a host config that is delivered meanwhile ends the wait for the old one: no failure, and nothing that is done", async () => {
  const host = createFakeHost({ "server:1": () => ({}), "slow:1": () => ({}) });
  host.give(config);
  const delivered = createNudges();
  const begun = host.clock.now();
  void host.clock.sleep(20_000).then(delivered.tell);

  const lines: string[] = [];
  const log = createRoundLog(pino({ level: "info", base: {} }, { write: (line) => void lines.push(line) }));
  const report = await tickOf(host, { delivered, agent: { ...(await host.newAgent()), log } });

  assert.ok(host.clock.now() - begun < 30_000);
  assert.equal(report.error, undefined);
  assert.match(lines.at(-1) ?? "", /"level":30.*"msg":"tick ended early"/);
  // whoever waits for it does not take what is left for done, also where all that runs is well
  assert.equal(report.result, "working");
  const well = { ...report, components: [], blocked: [] };
  const seen = { report: well, delivered: { problems: [], pending: false }, engineAnswers: true, now: 0 };
  assert.equal(outcomeOf(seen).exitCode, 70);
  assert.equal(acknowledgementOf({ ...well, place: "a Secret", claimed: undefined }), undefined);
});

test("a plan that is cut off by the agent's end is not told as done", async () => {
  const host = createFakeHost({ "server:1": () => ({}), "slow:1": () => ({}) });
  host.give(config);
  const end = new AbortController();
  void host.clock.sleep(20_000).then(() => end.abort(new Error("SIGTERM")));

  const report = await tickOf(host, { signal: end.signal });

  assert.deepEqual([report.result, report.error?.code], ["failed", "STEP_CUT_SHORT"]);
  assert.notEqual(report.pending, undefined);
  assert.equal(report.components.find(({ name }) => name === "first")?.state, "running");
});

test("a container whose probe does not hold is told with what its probe found", async () => {
  const host = createFakeHost({ "server:1": () => ({}), "slow:1": () => ({}) });
  host.give(config);
  await tickOf(host, {});

  const { components, blocked } = await tickOf(host, {});

  const told = "its probe does not hold: tcp://127.0.0.1:9: nothing listens there (ECONNREFUSED)";
  assert.equal(components.find(({ name }) => name === "slow")?.reason, `it runs but ${told}`);
  assert.deepEqual(
    blocked.map(({ container, reason }) => [container, reason]),
    [["slow", `it runs but ${told}`]],
  );
});

test("each image that cannot be pulled is told, and what waits for it is said to wait", async () => {
  const host = createFakeHost({});
  host.give(config);

  const report = await tickOf(host, {});
  const text = printStatus(report, { now: host.clock.now() });

  for (const image of ["server:1", "slow:1"])
    assert.match(text, new RegExp(`(last tick failed: The image|also failed: fetch image).* ${image}[: ]`), image);
  assert.match(text, /^first: not created yet \(waits for image server:1\)$/m);
  assert.doesNotMatch(text, /probe does not hold/);
});

test("what stays as it is, is told once", async () => {
  const host = createFakeHost({});
  host.give(config);
  const agent = await host.newAgent();
  const lines: string[] = [];
  const log = createRoundLog(pino({ level: "debug", base: {} }, { write: (line) => void lines.push(line) }));

  for (let count = 0; count < 3; count++) await tickOf(host, { agent: { ...agent, log } });

  const told = lines.filter((line) => line.includes('"msg":"tick failed"'));
  assert.deepEqual(
    told.map((line) => /"level":([0-9]+)/.exec(line)?.[1]),
    ["50", "20", "20"],
  );
  assert.ok(!lines.some((line) => line.includes('"stack"')));
});
