// The fake engine's faults: failing and hanging calls, the agent's death at any call, the daemon's death.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, hostMount, tarOf } from "#agent/engine/contract/bench.ts";
import { contractProgram } from "#agent/engine/contract/programs.ts";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { FakeClock } from "./fake-clock.ts";
import { isFakeCrash } from "./fake-faults.ts";
import { FakeEngine } from "./fake-engine.ts";

function fakeBench() {
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  engine.program("busybox:1", contractProgram);
  const nothing = async () => Promise.resolve();
  const subject = {
    engine,
    clock,
    image: "busybox:1",
    archived: "",
    archive: () => process.stdin,
    power: { cut: nothing, on: nothing },
    close: nothing,
  };
  return { engine, clock, bench: new Bench(subject, "faults") };
}

test("a planned failure is thrown once and changes nothing", async () => {
  const { engine, bench } = fakeBench();
  const id = await bench.create("deaf");
  engine.faults.fail("start", engineUnreachable("start", "gone"));

  await assert.rejects(engine.start(id), { code: "ENGINE_UNREACHABLE" });

  assert.equal((await engine.inspect(id)).state, "created");
  await engine.start(id);
});

test("a hanging call ends at its deadline in the clock's time", async () => {
  const { engine, clock, bench } = fakeBench();
  const id = await bench.create("deaf");
  const begin = clock.now();
  engine.faults.hang("start");

  await assert.rejects(engine.start(id, { deadlineMs: 5000 }), { code: "ENGINE_TIMEOUT" });

  assert.equal(clock.now() - begin, 5000);
  assert.equal((await engine.inspect(id)).state, "created");
});

test("the n-th call meets a fault, before or after it has changed something, and only that one", async () => {
  for (const [isDone, state] of [
    [false, "created"],
    [true, "running"],
  ] as const)
    for (const [error, code] of [
      [engineUnreachable("start", "gone"), "ENGINE_UNREACHABLE"],
      ["hang", "ENGINE_TIMEOUT"],
    ] as const) {
      const { engine, bench } = fakeBench();
      const id = await bench.create("deaf");
      engine.faults.spoilCall(2, () => ({ error, isDone }));

      await engine.list();
      await assert.rejects(engine.start(id), { code });

      assert.equal((await engine.inspect(id)).state, state);
      assert.equal(engine.faults.spoiled?.method, "start");
    }
});

test("an agent that dies before, or after, a call has not, or has, done it, and does nothing any more", async () => {
  for (const [point, state] of [
    ["before", "created"],
    ["after", "running"],
  ] as const) {
    const { engine, bench } = fakeBench();
    const id = await bench.create("deaf");
    engine.faults.crashAfter(1, point);

    await assert.rejects(engine.start(id), isFakeCrash);
    await assert.rejects(engine.remove(id), isFakeCrash);
    assert.equal(engine.faults.dead, true);
    engine.faults.clear();

    assert.equal((await engine.inspect(id)).state, state);
  }
});

test("only calls that change something count towards the death", async () => {
  const { engine, bench } = fakeBench();
  const id = await bench.create("deaf");
  engine.faults.crashAfter(2, "before");

  await engine.list();
  await engine.start(id);
  await engine.inspect(id);

  await assert.rejects(engine.stop(id, 1), isFakeCrash);
});

test("a death within an upload leaves half of it", async () => {
  const { engine, bench } = fakeBench();
  const id = await bench.hostContainer();
  engine.faults.crashAfter(1, "within");

  const tar = await tarOf([
    { name: "a", content: "a" },
    { name: "b", content: "b" },
  ]);
  await assert.rejects(engine.putArchive(id, hostMount, tar), isFakeCrash);

  assert.deepEqual([engine.host.exists("/a"), engine.host.exists("/b")], [true, false]);
});

test("a program's steps are points of death too, and the program ends there", async () => {
  const { engine, bench } = fakeBench();
  engine.program("busybox:1", ({ host, step }) => {
    for (const name of ["/one", "/two"]) {
      step(`write ${name}`);
      host.write(name, "x");
    }
    return { endsAfterMs: 0 };
  });
  const id = await bench.create("deaf");
  engine.faults.crashAfter(3);

  await assert.rejects(engine.start(id), isFakeCrash);

  assert.deepEqual([engine.host.exists("/one"), engine.host.exists("/two")], [true, false]);
  assert.deepEqual(
    engine.calls.slice(-3).map(({ method }) => method),
    ["start", "step", "step"],
  );
  engine.faults.clear();
  assert.equal((await engine.inspect(id)).state, "exited");
});

test("restarts wait 100 ms, then twice as long each time, and anew after a run of ten seconds", async () => {
  const { engine, clock, bench } = fakeBench();
  const starts: number[] = [];
  engine.program("busybox:1", ({ now, starts: count }) => {
    starts.push(now);
    return { endsAfterMs: count === 4 ? 10_000 : 0, exitCode: 1 };
  });
  await bench.run("deaf", { restart: "always" });

  await clock.advance(11_000);
  await engine.list();

  const waits = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
  assert.deepEqual(waits.slice(0, 5), [100, 200, 400, 10_100, 200]);
});

test("a daemon that is killed leaves `unless-stopped` down", async () => {
  const { engine, bench } = fakeBench();
  const always = await bench.run("deaf", { restart: "always" });
  const unlessStopped = await bench.run("deaf", { restart: "unless-stopped" });

  engine.daemonCrash();

  assert.equal((await engine.inspect(always)).state, "running");
  const left = await engine.inspect(unlessStopped);
  assert.deepEqual([left.state, left.exitCode], ["exited", 137]);
});

test("a restart that does not find its mount's source leaves the container down", async () => {
  const { engine, clock, bench } = fakeBench();
  engine.host.mkdir("/srv/data");
  const mounts = [{ source: "/srv/data", target: "/data", readOnly: false, propagation: "rprivate" }] as const;
  const id = await bench.run("crashes", { restart: "always", spec: { mounts } });
  engine.host.remove("/srv/data");

  await clock.advance(1000);

  const details = await engine.inspect(id);
  assert.equal(details.state, "exited");
  assert.notEqual(details.error, "");
});
