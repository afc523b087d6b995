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
