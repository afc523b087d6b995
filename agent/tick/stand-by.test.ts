// Two loops with different configs on one host in memory: one works, the other one says so and changes nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createRoundLog } from "#agent/log/round-log.ts";
import { agentHealth } from "#agent/health/agent-health.ts";
import { runLoop } from "./loop.ts";
import type { Report } from "#agent/report/report.ts";
import type { OtherLoop, Presence } from "#agent/presence/presence.ts";
import { takingOver } from "./stand-by.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";

const config = (image: string): string => `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
agent: { interval: 10s }
containers:
  web: { image: "${image}" }
`;
const since = "2026-11-28T08:16:37.000Z";
const container = "ab".repeat(32);

async function noHint(_since: number, signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
  });
}

/** Runs a second loop beside one that works until `other` says that it does not; ends with the given report. */
async function second(
  host: FakeHost,
  presence: Pick<Presence, "other">,
  isLast: (report: Report) => boolean,
): Promise<{ readonly reports: readonly Report[]; readonly lines: readonly string[] }> {
  const end = new AbortController();
  const reports: Report[] = [];
  const lines: string[] = [];
  const log = createRoundLog(pino({ level: "info", base: {} }, { write: (line) => void lines.push(line) }));
  await runLoop({
    agent: { ...(await host.newAgent()), log },
    version: "test",
    signal: end.signal,
    random: () => 0,
    events: { count: () => 0, hint: noHint },
    presence,
    onReport: (report) => {
      reports.push(report);
      if (isLast(report)) end.abort(new Error("stop"));
    },
  });
  return { reports, lines };
}

async function settledHost(): Promise<FakeHost> {
  const host = createFakeHost({ "server:1": () => ({}), "server:2": () => ({}) });
  host.give(config("server:1"));
  await host.settle();
  return host;
}

const images = (host: FakeHost): readonly string[] =>
  host.engine.containers.map(({ name, image }) => `${name} ${image}`);

test("a loop that stands by writes nothing, changes nothing and says so, in its log once", async () => {
  const host = await settledHost();
  const kept = async (): Promise<readonly unknown[]> =>
    Promise.all([host.state.readReport(), host.state.readConfig("in-force"), host.state.readLedger()]);
  const before = await kept();
  host.give(config("server:2"));
  let asked = 0;
  const other = async (): Promise<OtherLoop> => Promise.resolve({ container, since, asked: (asked += 1) });

  const { reports, lines } = await second(host, { other }, () => asked === 20);

  assert.deepEqual(await kept(), before);
  assert.deepEqual(images(host), ["web server:1"]);
  const message = `another agent's loop is at work on this host since ${since} (container abababababab)`;
  assert.equal(reports.at(-1)?.error?.message, message);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /another agent's loop is at work on this host since .*stands by and does nothing/);
  const { healthy, reason } = agentHealth(reports.at(-1), { now: host.clock.now() });
  assert.equal(healthy, false);
  assert.ok(reason.includes(message), reason);
});

test("it goes to work within seconds of the other one's end", async () => {
  const host = await settledHost();
  let hasEnded = false;
  let endedAt = 0;
  const other = async (): Promise<OtherLoop | undefined> =>
    Promise.resolve(hasEnded ? undefined : { container, since });
  const running = second(host, { other }, ({ result }) => result === "settled");
  await host.clock.sleep(20_000);
  host.give(config("server:2"));
  hasEnded = true;
  endedAt = host.clock.now();

  const { reports, lines } = await running;

  assert.match(lines[1] ?? "", /the other agent's loop has ended; this one goes to work/);
  assert.deepEqual(images(host), ["web server:2"]);
  const first = reports.find(({ result }) => result !== "locked");
  assert.ok(first !== undefined && Date.parse(first.writtenAt) - endedAt < 10_000, first?.writtenAt);
});

test("who takes over goes on with the ledger that the other loop has left, not with the one of its own start", async () => {
  const host = await settledHost();
  const agent = await host.newAgent();
  const left = { ...agent.ledger.read(), proven: { web: "newer" } };
  await host.state.writeLedger(left);

  assert.deepEqual((await takingOver(agent)).ledger.read(), left);
});
