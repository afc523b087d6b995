// Whether the holder of a lock still lives, as far as it can be seen from another process.
import assert from "node:assert/strict";
import { pid } from "node:process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { engineRefused, engineTimeout } from "#agent/engine/errors.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { temporaryRoot, put } from "#agent/testing/temporary-root.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { createHolder } from "./holder.ts";

const own = "a".repeat(64);
const mountinfo = `1 2 3:4 /docker/containers/${own}/hostname /etc/hostname rw - ext4 /dev/sda rw\n`;

function statOf(about: number): string {
  return readFileSync(`/proc/${about}/stat`, "utf8");
}

function startOf(stat: string): string {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

async function engineWith() {
  const engine = new FakeEngine({ clock: new FakeClock({ auto: true }) });
  engine.program("agent:1", () => ({}));
  const spec = plainSpec({ image: "agent:1" });
  const id = await engine.create({ name: "agent", spec, labels: {}, restart: "no", resources: {} });
  await engine.start(id);
  return { engine, id };
}

test("a process outside every container is seen in the host's /proc, by its id and its start", async (context) => {
  const { engine } = await engineWith();
  const proc = temporaryRoot(context);
  put(proc, "/1/stat", statOf(pid));
  put(proc, `/${pid}/stat`, statOf(pid));
  const { isAlive } = await createHolder(engine, { mountinfo, pid, proc });

  assert.equal(await isAlive(`none:${pid}:${startOf(statOf(pid))}`), true);
  assert.equal(await isAlive(`none:${pid}:1`), false);
  assert.equal(await isAlive("none:4999999:1"), false);
});

test("one that cannot be seen from here is believed to live", async (context) => {
  const { engine } = await engineWith();
  const proc = temporaryRoot(context);

  assert.equal(await (await createHolder(engine, { mountinfo, pid })).isAlive("none:4999999:1"), true);
  assert.equal(await (await createHolder(engine, { mountinfo, pid, proc })).isAlive("none:4999999:1"), true);
});

test("a container of which the engine tells nothing by itself lives as the list says", async () => {
  const { engine, id } = await engineWith();
  const { isAlive } = await createHolder(engine, { mountinfo, pid });
  for (const error of [engineRefused("inspect", { status: 500, reason: "sick" }), engineTimeout("inspect", 10_000)]) {
    engine.faults.fail("inspect", error, 1);
    assert.equal(await isAlive(`${id}:1:5`), true);
  }
  await engine.stop(id, 1);
  engine.faults.fail("inspect", engineRefused("inspect", { status: 500, reason: "sick" }), 1);

  assert.equal(await isAlive(`${id}:1:5`), false);
});
