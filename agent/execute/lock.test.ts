// What a person reads when the host's lock is held.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { engineConflict, engineRefused } from "#agent/engine/errors.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { takeLock } from "./lock.ts";
import type { LockOptions } from "./lock.ts";

const own = "a".repeat(64);
const other = "b".repeat(64);

type Ground = {
  readonly clock: FakeClock;
  readonly engine: FakeEngine;
  readonly options: (id: string) => LockOptions;
};

function ground(): Ground {
  const clock = new FakeClock({ auto: true, now: Date.UTC(2026, 10, 28, 8, 16, 37) });
  const engine = new FakeEngine({ clock });
  engine.program("agent:1", () => ({}));
  const log = pino({ level: "silent" });
  const options = (id: string): LockOptions => ({
    engine,
    clock,
    log,
    selfImage: "agent:1",
    cluster: "demo",
    host: "h1",
    nonce: id,
    holder: { id, isAlive: async () => Promise.resolve(true) },
  });
  return { clock, engine, options };
}

/** What is said to the second of these two, six seconds after the first has taken the lock. */
async function refusal(first: string, second: string): Promise<string> {
  const { clock, options } = ground();
  await takeLock(options(first));
  await clock.sleep(6000);
  try {
    await takeLock(options(second));
  } catch (error) {
    if (isFlexkubeError(error, "STEP_LOCKED")) return error.message;
    throw error;
  }
  throw new Error("the lock was taken twice");
}

test("who holds the lock is told in words, with since when", async () => {
  const since = "is at work on this host since 08:16:37 (6s); try again";
  assert.equal(await refusal(`${own}:1:173716`, `${own}:57:9`), `the agent's own loop ${since}`);
  assert.equal(await refusal(`${own}:57:9`, `${own}:1:173716`), `another command in the agent's container ${since}`);
  assert.equal(await refusal(`${other}:1:9`, `${own}:1:9`), `another agent (container bbbbbbbbbbbb) ${since}`);
});

const patience = { lockTimeoutMs: 60_000, signal: new AbortController().signal };

test("whoever may wait takes the lock when its holder has done, and is told once what it waits for", async () => {
  const { clock, options } = ground();
  const told: unknown[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => told.push(JSON.parse(line)) });
  const first = await takeLock(options(`${own}:1:9`));
  const begun = clock.now();
  const freed = clock.sleep(20_000).then(first.release);

  await takeLock({ ...options(`${own}:57:9`), ...patience, log });

  await freed;
  assert.ok(clock.now() - begun <= 21_000);
  assert.deepEqual(
    told.map((line) => (line as { readonly msg: string }).msg),
    ["the agent's own loop is at work on this host since 08:16:37 (0s); waiting for its end"],
  );
});

test("a lock that is held to the end of the wait, or until a signal ends it, is not taken", async () => {
  const { clock, engine, options } = ground();
  await takeLock(options(`${own}:1:9`));
  const since = clock.now();
  await assert.rejects(takeLock({ ...options(`${own}:57:9`), ...patience }), {
    code: "STEP_LOCKED",
    message: "the agent's own loop is at work on this host since 08:16:37 (1m0s); try again",
  });
  assert.equal(clock.now() - since, patience.lockTimeoutMs);

  const end = new AbortController();
  const ended = clock.sleep(3000).then(() => end.abort(new Error("SIGTERM")));
  await assert.rejects(takeLock({ ...options(`${own}:57:9`), ...patience, signal: end.signal }), /SIGTERM/);

  await ended;
  assert.equal(engine.calls.filter(({ method }) => method === "remove").length, 0);
});

test("a lock whose age the engine does not tell is held all the same", async () => {
  const { engine, options } = ground();
  await takeLock(options(`${other}:1:9`));
  engine.faults.fail("inspect", engineRefused("inspect", { status: 500, reason: "layer does not exist" }), 10);

  await assert.rejects(takeLock(options(`${own}:1:9`)), {
    code: "STEP_LOCKED",
    message: "another agent (container bbbbbbbbbbbb) is at work on this host; try again",
  });
});

test("a name that is taken by a container that nobody shows is told, and not asked for without end", async () => {
  const { engine, options } = ground();
  engine.faults.fail("create", engineConflict("create", "the name is in use by container 4f2a"), 1000);

  await assert.rejects(takeLock(options(`${own}:1:1`)), (error) => {
    assert.ok(isFlexkubeError(error, "STEP_LOCKED"));
    return /is taken and shows no container that has it/.test(error.message);
  });

  assert.equal(engine.calls.filter(({ method }) => method === "create").length, 3);
});
