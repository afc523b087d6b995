// Somebody sets the machine's clock at any moment: nothing is called unhealthy, stopped or tried again for that.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createSteadyTimes } from "#agent/facts/steady-times.ts";
import { tick } from "#agent/tick/tick.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { config, programs } from "#agent/testing/small-servers.ts";

const hour = 3_600_000;
const jumps = {
  "400 days ahead": 9600 * hour,
  "400 days back": -9600 * hour,
  "an hour back": -hour,
  "2 s back": -2000,
};

test("an event is as old as the clock says when it is first seen, and ages evenly from then on", async () => {
  const clock = new FakeClock();
  const times = createSteadyTimes(clock);
  const stamp = { epochMs: clock.now() - 5000 };
  const at = times.of("a", stamp);
  clock.setBy(-hour);
  await clock.advance(1000);

  assert.equal(clock.now() - at, 6000);
  assert.equal(times.of("a", stamp), at);
  assert.equal(clock.now() - times.of("of the future", { epochMs: clock.wall().epochMs + hour }), 0);
});

test("what we began is as old as that when the clock jumps before it is seen", async () => {
  for (const jump of Object.values(jumps)) {
    const clock = new FakeClock();
    const times = createSteadyTimes(clock);
    times.begin("a");
    const stamp = clock.wall();
    clock.setBy(jump);
    await clock.advance(1000);

    assert.equal(clock.now() - times.of("a", stamp), 1000);
  }
});

const web = (image: string, content: string): string =>
  config(`  web:
    image: ${image}
    restart: always
    probe: {settle: 2s, deadline: 10s}
    files: [{path: sealed.conf, content: ${content}}, {path: live.conf, content: ${content}, effect: none}]
  restarted:
    image: server:1
    files: [{path: /etc/restarted.conf, content: ${content}, effect: restart, takeOver: true}]
  other: {image: "server:1"}
`);

const scenarios = {
  "first start": [undefined, web("server:1", "one")],
  "new image": [web("server:1", "one"), web("server:2", "one")],
  "changed files": [web("server:1", "one"), web("server:1", "two")],
  "way back": [web("server:1", "one"), web("broken:1", "one")],
  "nothing to do": [web("server:1", "one"), web("server:1", "one")],
} as const;

type Run = { readonly state: readonly string[]; readonly took: number; readonly done: readonly string[] };

/** One agent from before the change on; the clock jumps after its n-th changing call. */
async function run(name: keyof typeof scenarios, jump: number, n: number): Promise<Run> {
  const [before, after] = scenarios[name];
  const host = createFakeHost(programs);
  const agent = await host.newAgent();
  if (before !== undefined) {
    host.give(before);
    await settle(host, async () => tick(agent, new AbortController().signal));
  }
  host.give(after);
  const [calls, begun] = [host.engine.calls.length, host.clock.now()];
  const changes = (): number => host.engine.calls.slice(calls).filter(({ mutating }) => mutating).length;
  let hasJumped = false;
  const jumpNow = (): void => {
    if (hasJumped || changes() < n) return;
    hasJumped = true;
    host.clock.setBy(jump);
  };
  for (const method of ["create", "start", "stop", "rename", "remove", "putArchive", "inspect"] as const) {
    const call = host.engine[method].bind(host.engine) as (...args: readonly unknown[]) => Promise<unknown>;
    Object.assign(host.engine, {
      [method]: async (...args: readonly unknown[]) => {
        const result = await call(...args);
        jumpNow();
        return result;
      },
    });
  }
  await settle(host, async () => tick(agent, new AbortController().signal), name === "way back" ? "failed" : "settled");
  const made = host.engine.calls.slice(calls).filter(({ mutating }) => mutating);
  return {
    state: host.engine.containers
      .map((container) => `${container.name} ${container.image} ${container.state}`)
      .toSorted(),
    took: host.clock.now() - begun,
    done: made.map(({ method, subject }) => `${method} ${subject.replace(/flexkube-config-[-0-9]+/, "config")}`),
  };
}

async function settle(
  host: FakeHost,
  once: () => ReturnType<typeof tick>,
  end: "settled" | "failed" = "settled",
): Promise<void> {
  for (let count = 0; count < 12; count++) {
    const { result, executions } = await once();
    if (result === end && executions.length === 0) return;
    await host.clock.sleep(3000);
  }
  throw new Error("it does not come to rest");
}

for (const name of Object.keys(scenarios) as (keyof typeof scenarios)[])
  describe(name, () => {
    for (const [what, jump] of Object.entries(jumps))
      test(`the clock goes ${what} after any step: the same steps, in the same time`, async () => {
        const usual = await run(name, 0, 0);

        for (let n = 0; n <= usual.done.length; n++)
          assert.deepEqual(await run(name, jump, n), usual, `after ${n} calls`);
      });
  });

for (const [what, jump] of Object.entries(jumps))
  test(`an agent that is started after the clock went ${what} leaves what works as it is`, async () => {
    const host = createFakeHost(programs);
    host.give(web("server:1", "one"));
    await host.settle();
    host.clock.setBy(jump);
    const ids = host.engine.containers.map(({ id }) => id);
    const agent = await host.newAgent();

    await settle(host, async () => tick(agent, new AbortController().signal));

    assert.deepEqual(
      host.engine.containers.map(({ id }) => id),
      ids,
    );
  });
