// `events` on the disk of a host whose engine is gone.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { runAgent } from "./command-line.ts";

async function setUp(context: TestContext) {
  const directory = `${temporaryRoot(context)}/state`;
  const clock = new FakeClock({ auto: true });
  const out: string[] = [];
  const errors: string[] = [];
  const environment = commandEnvironment({
    clock,
    engine: new FakeEngine({ clock }),
    print: (text) => out.push(text),
    printError: (text) => errors.push(text),
  });
  const state = await openStateDirectory({ directory, ...environment });
  const events = async (...args: readonly string[]) => {
    out.length = 0;
    errors.length = 0;
    const code = await runAgent(["events", "--state", directory, ...args], environment);
    return { code, out: out.join(""), errors: errors.join("") };
  };
  const append = async (agoMs: number, container: string, kind: string): Promise<void> =>
    state.appendEvent({
      at: new Date(clock.now() - agoMs).toISOString(),
      kind,
      component: container,
      container,
      cause: "new",
    });
  return { directory, state, events, append };
}

test("all, those of one component, and the newer ones; as JSON one a line", async (context) => {
  const { events, append } = await setUp(context);
  await append(3 * 86_400_000, "lb", "started");
  await append(60_000, "etcd-h1", "started");

  const all = await events();

  assert.deepEqual([all.code, all.errors, all.out.trim().split("\n").length], [0, "", 2]);
  assert.match((await events("etcd-h1")).out, /^\S+Z {2}etcd-h1 {2}started {2}new\n$/);
  assert.match((await events("--since", "2d")).out, /^\S+ {2}etcd-h1 .*\n$/);
  assert.equal((await events("--since", "4d")).out, all.out);
  const lines = (await events("--json")).out.trim().split("\n");
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { readonly container: string }).container),
    ["lb", "etcd-h1"],
  );
});

test("a name that nothing has is asked about, one that is known by the report alone is not", async (context) => {
  const { events, append, state } = await setUp(context);
  await append(0, "lb", "started");
  await state.writeReport(buildReport({ components: [buildComponent()] }));

  const wrong = await events("etcd-h2");

  assert.deepEqual([wrong.code, wrong.out], [64, ""]);
  assert.match(wrong.errors, /there is no such component \(did you mean etcd-h1\?\)/);
  const none = await events("etcd-h1");
  assert.deepEqual([none.code, none.out], [0, ""]);
  assert.match(none.errors, /^no events in .* that were asked for\n$/);
});

test("no log is none; one that cannot be read is not taken for none", async (context) => {
  const { directory, events } = await setUp(context);

  assert.match((await events()).errors, /^no events in \S+\n$/);

  mkdirSync(`${directory}/events.jsonl`, { recursive: true });
  const { code, errors } = await events();
  assert.equal(code, 73);
  assert.match(errors, /FILES_UNREADABLE/);
});

test("a duration that is none is refused", async (context) => {
  const { events } = await setUp(context);

  for (const wrong of ["2", "d", "1w"]) {
    const { code, errors } = await events("--since", wrong);
    assert.equal(code, 64, wrong);
    assert.match(errors, /a duration such as 90s, 2h or 7d/);
  }
});
