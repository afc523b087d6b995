// A hundred ticks in which nothing changes, on a host in memory: what the log tells of them, line by line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { engineRefused } from "#agent/engine/errors.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { logLine } from "#agent/log/log-line.ts";
import { createRoundLog } from "#agent/log/round-log.ts";
import type { Report } from "#agent/report/report.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { runTick } from "#agent/tick/run-tick.ts";
import { lockBound } from "#shared/reconcile/testing/lock-bound.ts";
import { withOnce } from "#shared/reconcile/testing/once-containers.ts";

const server = (): FakeOutcome => ({});

function config(image: string): string {
  return `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web:
    image: "${image}"
    restart: always
    probe: {settle: 1s, deadline: 5s}
`;
}

const callsThatFail = [
  "list",
  "inspect",
  "create",
  "start",
  "stop",
  "remove",
  "rename",
  "update",
  "inspectImage",
  "putArchive",
  "wait",
] as const;

type Watched = {
  /** So many ticks of one agent, some seconds apart; resolves to the last report. */
  readonly ticks: (count: number) => Promise<Report>;
  /** What was told since it was asked last, as on a terminal, without times and without the parts that vary. */
  readonly told: () => readonly string[];
};

async function watched(host: FakeHost): Promise<Watched> {
  let lines: string[] = [];
  const write = (line: string): void => void lines.push(logLine(line, { colour: false, stacks: false }));
  const log = createRoundLog(pino({ level: "info", base: {}, timestamp: false }, { write }));
  const agent = { ...(await host.newAgent()), log };
  const loop = { agent, version: "test", signal: new AbortController().signal, onReport: () => undefined };
  let before: Report | undefined;
  let tick = 0;
  return {
    ticks: async (count) => {
      for (let each = 0; each < count; each++) {
        before = (await runTick(loop, { count: (tick += 1), before })).report;
        await host.clock.sleep(7000);
      }
      assert.ok(before !== undefined);
      return before;
    },
    told: () => {
      const all = lines.map((line) =>
        line
          .replace(/^--:--:-- /, "")
          .replaceAll(/ (?:ms|tick|steps|exitCode)=\d+/g, "")
          .trimEnd(),
      );
      lines = [];
      return all;
    },
  };
}

test("an image that cannot be pulled is told three lines in a hundred ticks, and when it can be", async () => {
  const host = createFakeHost();
  host.give(config("server:1"));
  const { ticks, told } = await watched(host);
  const reason =
    'reason="server:1: docker.io does not have it (manifest unknown: the registry does not have it); check its name and tag, or put an archive of it into images.directory"';

  const report = await ticks(100);

  assert.deepEqual(told(), [
    "INFO  pulling image  image=server:1",
    `WARN  step failed  step="fetch image server:1" component=web code=ENGINE_NOT_FOUND call=pullImage ${reason} cause="not there"`,
    `ERROR tick failed  result=failed reason="The image is not on the host and cannot be pulled." code=ENGINE_NOT_FOUND call=pullImage ${reason}`,
  ]);
  assert.match(report.error?.details ?? "", /server:1: docker\.io does not have it/);

  host.engine.program("server:1", server);
  await ticks(100);

  assert.deepEqual(told(), [
    'INFO  step done  step="create web from server:1" component=web cause="not there"',
    'INFO  step done  step="start web" component=web cause="not there"',
    'INFO  step done  step="wait until web is healthy, at most 5s" component=web cause="not there"',
    "INFO  tick done  result=changed",
    'INFO  step is held up no longer  step="fetch image server:1" component=web rounds=100',
    "INFO  all is well again  rounds=100",
  ]);
});

test("a step that waits for other hosts is told when it begins to, when it waits for another one, and when it is done", async () => {
  const host = createFakeHost({ "server:1": server, "server:2": server }, { shape: (desired) => lockBound(desired) });
  host.give(config("server:1"));
  await host.settle();
  host.give(config("server:2"));
  let other = "h2";
  // others are faster each time, and have freed it at the next tick
  host.disruption.before = (call) => {
    if (call === "take") host.disruption.holdElsewhere({ host: other, component: "web" }, host.clock.now() + 1);
  };
  const { ticks, told } = await watched(host);
  const step = 'step="take the disruption lock for web" component=web';
  const blocked = (name: string): string =>
    `WARN  tick done, but not all is well  result=failed blocked="[{\\"component\\":\\"web\\",\\"container\\":\\"web\\",\\"code\\":\\"waiting\\",\\"reason\\":\\"${name} replaces its web\\"}]"`;

  const { blocked: reported } = await ticks(100);

  assert.deepEqual(told(), [
    `INFO  step waits for other hosts  ${step} reason="another host has taken the disruption lock" cause="image changed from server:1 to server:2"`,
    blocked("h2"),
  ]);
  assert.deepEqual(
    reported.map(({ reason }) => reason),
    ["h2 replaces its web"],
  );

  other = "h3";
  await ticks(100);
  assert.deepEqual(told(), [blocked("h3")]);

  host.disruption.before = () => undefined;
  await ticks(100);

  const lines = told();
  assert.deepEqual(lines.slice(-3), [
    "INFO  tick done  result=changed",
    `INFO  step is held up no longer  ${step} rounds=200`,
    "INFO  all is well again  rounds=200",
  ]);
  assert.equal(new Set(lines).size, lines.length);
});

test("a step that fails is told once for each reason", async () => {
  const host = createFakeHost({ "server:1": server });
  host.give(config("server:1"));
  const full = engineRefused("start", { status: 500, reason: "no space left on device" });
  host.engine.faults.fail("start", full, Number.MAX_SAFE_INTEGER);
  const { ticks, told } = await watched(host);
  const failed = 'call=start status=500 reason="no space left on device"';

  const { error } = await ticks(100);

  assert.deepEqual(told(), [
    'INFO  step done  step="create web from server:1" component=web cause="not there"',
    `WARN  step failed  step="start web" component=web code=ENGINE_REFUSED ${failed} cause="not there"`,
    `ERROR tick failed  result=failed reason="The container engine refused a call." code=ENGINE_REFUSED ${failed}`,
  ]);
  assert.match(error?.details ?? "", /no space left on device/);
});

test("one that runs to its end and fails, with other words each time, is told once, and that it is started again", async () => {
  let count = 0;
  const tool = ({ log }: FakeRun): FakeOutcome => {
    log(`no space left at ${(count += 1)}`);
    return { endsAfterMs: 5, exitCode: 3 };
  };
  const host = createFakeHost({ "tool:1": tool }, { shape: (desired) => withOnce(desired, { web: ["/etc/tool"] }) });
  host.give(config("tool:1").replace(/    restart.*\n    probe.*\n/, ""));
  const { ticks, told } = await watched(host);
  const failed = 'code=STEP_UNHEALTHY container=web reason="it ended with exit code 3"';

  await ticks(100);

  assert.ok(count >= 100, String(count));
  assert.deepEqual(told(), [
    'INFO  step done  step="create web from tool:1" component=web cause="not there"',
    'INFO  step done  step="start web" component=web cause="not there"',
    `WARN  step failed  step="wait until web has ended, at most 60s" component=web ${failed} cause="not there"`,
    `ERROR tick failed  result=failed reason="a container did not become healthy" ${failed}`,
    'INFO  step done  step="start web" component=web cause="ended with exit code 3"',
  ]);
});

for (const method of callsThatFail)
  test(`an engine that refuses each call of ${method} for ever says nothing new after some ticks`, async () => {
    const host = createFakeHost({ "server:1": server, "server:2": server });
    const file = "    files: [{path: live.conf, content: a, effect: none}]\n";
    host.give(`${config("server:1")}${file}`);
    const { ticks, told } = await watched(host);
    await ticks(2);
    assert.notDeepEqual(told(), []);
    host.give(`${config("server:2")}${file.replace("a,", "b,")}`);
    const refusal = engineRefused(method, { status: 500, reason: "broken" });
    host.engine.faults.fail(method, refusal, Number.MAX_SAFE_INTEGER);
    await ticks(25);
    const first = told();
    assert.ok(first.length > 0 && first.length < 20, first.join("\n"));

    await ticks(25);

    assert.deepEqual(told(), []);
  });
