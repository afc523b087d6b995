// The agent killed with SIGKILL before and after every call by which it changes a real host. Each time the next agent must come to the end
// that an undisturbed one comes to, with one running container a component at any time and nothing left over.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { TestContext } from "node:test";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { createGround } from "./ground.ts";
import type { Beginning, ConfigName, Ground } from "./ground.ts";
import { leftovers } from "./host-world.ts";
import type { HostWorld } from "./host-world.ts";
import type { Moment } from "./kill-at-call.ts";
import { watchRunning } from "./running-watch.ts";
import type { RunningWatch } from "./running-watch.ts";

type Change = { readonly name: string; readonly from: Beginning; readonly to: ConfigName };

/** Two changes that undo each other are killed in turn: the end of one is the beginning of the other. */
export const scenarios: readonly (readonly Change[])[] = [
  [{ name: "first start", from: "nothing", to: "plain" }],
  [
    { name: "update", from: "plain", to: "updated" },
    { name: "update back", from: "updated", to: "plain" },
  ],
  [
    { name: "removal", from: "updated", to: "removed" },
    { name: "addition", from: "removed", to: "updated" },
  ],
  [{ name: "return from a broken container", from: "updated", to: "broken" }],
];
/** No change takes fewer calls: lock, one thing, unlock, and files in three. */
const fewestCalls = 6;

export type KillTable = {
  /** The host's, as in LabOptions. */
  readonly base: string;
  /** 1 kills at every call, 4 at every fourth one, the first of which is call 4. */
  readonly stride: number;
  /** Labs at once. */
  readonly labs: number;
  readonly moments: readonly Moment[];
  readonly scenarios: readonly (readonly Change[])[];
};

/** Registers a test for each moment and scenario. */
export function describeKillTable(table: KillTable): void {
  const about = { skip: skipWithoutLab("namespace"), timeout: 2_400_000, concurrency: table.labs };
  void describe("killed at every call on a real host", about, () => {
    for (const moment of table.moments)
      void describe(`${moment} each call`, { concurrency: 1 }, () => describeMoment(moment, table));
  });
}

function describeMoment(moment: Moment, { base, stride, scenarios: chosen }: KillTable): void {
  const opened = Promise.withResolvers<{ readonly lab: Lab; readonly ground: Ground; readonly watch: RunningWatch }>();

  before(async () => {
    const lab = await startClusterLab({ h1: base });
    const watch = await watchRunning(lab.host("h1"));
    opened.resolve({ lab, watch, ground: await createGround(lab) });
  });

  after(async () => {
    const { lab, ground, watch } = await opened.promise;
    watch.close();
    await lab.down();
    await ground.remove();
  });

  for (const changes of chosen)
    void test(changes.map(({ name }) => name).join(", "), async (t) => {
      const { ground, watch } = await opened.promise;
      const keeping = changes.find(({ from }) => from !== "nothing");
      if (keeping !== undefined) {
        await ground.bring(keeping.from);
        await ground.writeData(keeping.name);
      }

      await killAtEveryCall({ changes, moment, stride, ground, watch, t });

      if (keeping !== undefined) assert.equal(await ground.readData(), keeping.name);
    });

  void test("the watch over all of it would have seen two at once", async () => {
    const { lab, watch } = await opened.promise;
    assert.deepEqual(watch.clashes, []);
    const twin = ["-d", "--label", "flexkube.container=twin", "busybox:lab", "sleep", "60"];

    for (const name of ["one", "other"]) await lab.host("h1").docker("run", "--name", name, ...twin);

    await watch.caughtUp();
    assert.deepEqual(watch.clashes, ["other started while another twin ran"]);
  });
}

type Trial = {
  readonly changes: readonly Change[];
  readonly moment: Moment;
  readonly stride: number;
  readonly ground: Ground;
  readonly watch: RunningWatch;
  readonly t: TestContext;
};

/** Every change of the scenario killed at its first call (or second), then at the next, and so on to the last of an undisturbed agent. */
async function killAtEveryCall(trial: Trial): Promise<void> {
  const { changes, stride, ground, t } = trial;
  const courses: Course[] = [];
  for (const change of changes) courses.push(await undisturbed(change, ground));
  for (let n = stride; courses.some(({ calls }) => n <= calls); n += stride)
    for (const course of courses.filter(({ calls }) => n <= calls)) {
      const begun = performance.now();
      await killAt(n, course, trial);
      course.ms += performance.now() - begun;
    }
  for (const { change, calls, ms, mostTicks } of courses)
    t.diagnostic(`${change.name}: ${calls} calls, ${Math.round(ms / 1000)} s, then at most ${mostTicks} ticks`);
}

async function killAt(n: number, course: Course, { moment, ground, watch }: Trial): Promise<void> {
  const { name, from, to } = course.change;
  await ground.bring(from);
  const { cut, calls, said } = await ground.applyAndKill(to, { moment, n });
  assert.ok(cut !== undefined, `${name} took ${calls} calls instead of ${course.calls}:\n${said}`);
  const place = `${name}, killed ${moment} call ${n}: ${cut.method} ${cut.path}`;

  const ticks = await ground.converge(to);

  assert.deepEqual(await ground.world(), course.end, place);
  await watch.caughtUp();
  assert.deepEqual(watch.clashes, [], place);
  course.mostTicks = Math.max(course.mostTicks, ticks);
}

type Course = {
  readonly change: Change;
  readonly calls: number;
  readonly end: HostWorld;
  ms: number;
  mostTicks: number;
};

async function undisturbed(change: Change, ground: Ground): Promise<Course> {
  await ground.bring(change.from);
  const { calls, said } = await ground.applyAndKill(change.to, { moment: "before", n: Infinity });
  assert.ok(calls >= fewestCalls, `${change.name} took only ${calls} calls`);
  assert.equal(await ground.converge(change.to), 0, `${change.name} was not done in one tick:\n${said}`);
  const end = await ground.world();
  assert.deepEqual(leftovers(end), [], `${change.name}, not killed`);
  return { change, calls, end, ms: 0, mostTicks: 0 };
}
