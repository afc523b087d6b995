// Members looked after beside the ticks: by itself while there is something to wait for, and told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "#agent/beside/turns.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEtcdMembers } from "#agent/testing/fake-etcd-members.ts";
import { MembersWorld } from "#shared/etcd-members/testing/members-world.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { MembersWish } from "#shared/state/etcd-members-rule.ts";
import { Secret } from "#shared/secret.ts";
import { createMembersKeeper } from "./members-keeper.ts";

function wishOf(generation: number, names: string): MembersWish {
  const members = names.split(" ").map((name) => ({ name, peerUrl: `https://${name}:2380` }));
  return { generation, digest: names, members };
}

function desiredOf(host: string, wish: MembersWish): DesiredState {
  const tls = { ca: "ca", certificate: "certificate", key: new Secret("key") };
  const etcdMembers = {
    cluster: "demo",
    host,
    self: host,
    container: `etcd-${host}`,
    token: "t",
    wish,
    endpoints: [],
    tls,
  };
  return { cluster: "demo", host, config: "", containers: [], etcdMembers };
}

function worldOf(from: MembersWish, to: MembersWish) {
  const world = new MembersWorld(["h1", "h2", "h3"], from);
  for (const host of ["h1", "h2", "h3"]) world.deliver(host, to);
  const fake = new FakeEtcdMembers(world);
  const clock = new FakeClock();
  const turns = createTurns();
  const log: string[] = [];
  const tell = (about: object, text: string): void => void log.push(`${text} ${JSON.stringify(about)}`);
  let changes = 0;
  let looks = 0;
  const keeper = createMembersKeeper({
    hostFor: ({ host }, { obstacle }) => {
      looks += 1;
      if (obstacle === undefined) world.obstacles.delete(host);
      else world.obstacles.set(host, obstacle);
      return fake.host(host);
    },
    clock,
    turns,
    log: { info: tell, warn: tell, debug: tell },
    backedUpAt: () => undefined,
    changed: () => (changes += 1),
  });
  return { world, fake, clock, turns, keeper, log, changes: () => changes, looks: () => looks };
}

test("one nudge is enough: what takes several changes goes on by itself, each is logged and followed by a tick", async () => {
  const to = wishOf(2, "h2 h3");
  const { world, clock, keeper, log, changes } = worldOf(wishOf(1, "h1 h2 h3"), to);
  keeper.nudge(desiredOf("h2", to), undefined);
  await clock.advance(1);
  await clock.advance(60_000);

  assert.deepEqual(
    world.members.map(({ name }) => name),
    ["h2", "h3"],
  );
  assert.equal(changes(), 2);
  assert.deepEqual(log, [
    'etcd\'s members were changed {"change":"h1 hands over to h2, before it leaves"}',
    'etcd\'s members were changed {"change":"h1 was taken out"}',
  ]);
  assert.deepEqual(keeper.report(), {
    generation: 2,
    wished: ["h2", "h3"],
    members: [
      { name: "h2", role: "leader", isWell: true },
      { name: "h3", role: "voter", isWell: true },
    ],
  });
});

test("what waits for others is looked at less and less often, and at once when something else is waited for", async () => {
  const to = wishOf(2, "h1 h2");
  const { world, clock, keeper, looks } = worldOf(wishOf(1, "h1"), to);
  keeper.nudge(desiredOf("h1", to), undefined);
  await clock.advance(1);
  assert.equal(keeper.report()?.waits, "h2 joins when its host has its config");
  await clock.advance(10 * 60_000);
  assert.ok(looks() >= 10 && looks() <= 16, `${looks()} looks in ten minutes`);

  world.call("h2", { kind: "add", peerUrl: "https://h2:2380" });
  await clock.advance(60_000);
  assert.match(keeper.report()?.waits ?? "", /is a learner/);
});

test("a newcomer whose start is blocked says so and is not added, until a tick has seen that it could start", async () => {
  const to = wishOf(2, "h1 h2");
  const { world, clock, keeper } = worldOf(wishOf(1, "h1"), to);
  const desired = desiredOf("h2", to);
  keeper.nudge(desired, "image etcd:3.6.16 is not here");
  await clock.advance(10 * 60_000);
  assert.equal(keeper.report()?.waits, "h2 joins when its host can start it: image etcd:3.6.16 is not here");
  assert.equal(world.members.length, 1);
  keeper.nudge(desired, undefined);
  await clock.advance(60_000);
  assert.equal(world.members.length, 2);
});

test("nothing is asked for a host config that says nothing of it, once as wished, or after the end", async () => {
  const wish = wishOf(1, "h1 h2");
  const { clock, keeper, turns, looks } = worldOf(wish, wish);
  keeper.nudge({ ...desiredOf("h1", wish), etcdMembers: undefined }, undefined);
  await clock.advance(60_000);
  assert.deepEqual([looks(), keeper.report()], [0, undefined]);
  keeper.nudge(desiredOf("h1", wish), undefined);
  await clock.advance(60_000);
  assert.equal(looks(), 1);
  await turns.close();
  keeper.nudge(desiredOf("h1", wishOf(2, "h1")), undefined);
  await clock.advance(60_000);
  assert.equal(looks(), 1);
});
