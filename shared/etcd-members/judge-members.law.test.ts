// Whatever is delivered when, and whoever dies when: no change of members takes the quorum, and a fair run ends as it was wished.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isAsWished, listedAs } from "./judge-members.ts";
import { hostOfMember } from "./member-name.ts";
import type { MembersWish } from "#shared/state/etcd-members-rule.ts";
import { MembersWorld } from "./testing/members-world.ts";

const all = ["h1", "h2", "h3", "h4", "h5"];

type Shape = {
  readonly hosts: readonly string[];
  readonly moved?: readonly string[];
  readonly replaced?: readonly string[];
};

function wishOf(generation: number, { hosts, moved = [], replaced = [] }: Shape): MembersWish {
  const members = hosts.toSorted().map((host) => ({
    name: replaced.includes(host) ? `${host}.${generation}` : host,
    peerUrl: `https://${host}${moved.includes(host) ? `-${generation}` : ""}:2380`,
  }));
  return { generation, digest: JSON.stringify(members), members };
}

/** The planner takes a move only where nothing else changes, and not of one of two. */
function withMoves(shapes: readonly Shape[]): readonly Shape[] {
  return shapes.map(({ hosts, moved = [] }, index) => {
    const before = shapes[index - 1]?.hosts ?? [];
    const isAlone = before.length > 2 && before.toSorted().join() === hosts.toSorted().join();
    return { hosts, moved: isAlone ? moved.filter((one) => hosts.includes(one)) : [] };
  });
}

/** As the planner gives them out: who comes back after it was taken out is another one. */
function wishesOf(shapes: readonly Shape[]): readonly MembersWish[] {
  const names = new Map<string, string>();
  const places = new Map<string, string>();
  return shapes.map(({ hosts, moved = [] }, index) => {
    const generation = index + 1;
    const before = shapes[index - 1]?.hosts ?? hosts;
    const members = hosts.toSorted().map((one) => {
      const known = names.get(one);
      const name = known === undefined ? one : before.includes(one) ? known : `${one}.${generation}`;
      names.set(one, name);
      if (moved.includes(one)) places.set(one, `${one}-${generation}`);
      return { name, peerUrl: `https://${places.get(one) ?? one}:2380` };
    });
    return { generation, digest: JSON.stringify(members), members };
  });
}

const host = fc.constantFrom(...all);
const tickOf = fc.record({
  kind: fc.constant("tick" as const),
  host,
  dies: fc.constantFrom("no", "before", "after"),
  /** Out of this agent's reach, though not of others'. */
  unseen: fc.option(host),
});
const deliverTo = fc.record({ kind: fc.constant("deliver" as const), host, wish: fc.nat({ max: 2 }) });
const power = fc.record({ kind: fc.constantFrom("off" as const, "on" as const), host });
/** Its host could not start a member, or can again. */
const start = fc.record({ kind: fc.constantFrom("blocked" as const, "free" as const), host });
const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: tickOf },
    { weight: 2, arbitrary: deliverTo },
    { weight: 1, arbitrary: power },
    { weight: 1, arbitrary: start },
  ),
  { maxLength: 80 },
);
type Event = typeof events extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

test("members come, go and move: no change takes the quorum, and a fair run ends at the newest wish", () => {
  const hosts = fc.subarray(all, { minLength: 1 });
  // a change in which only one moves is as usual as others
  const change = fc.record({ hosts: fc.option(hosts), moved: fc.subarray(all, { maxLength: 1 }) });
  fc.assert(
    fc.property(hosts, fc.array(change, { minLength: 1, maxLength: 2 }), events, (first, later, happens) => {
      const shapes: Shape[] = [{ hosts: first }];
      for (const { hosts: next, moved } of later) shapes.push({ hosts: next ?? shapes.at(-1)?.hosts ?? first, moved });
      // the planner refuses a change with which nobody stays
      fc.pre(all.some((one) => shapes.every(({ hosts: each }) => each.includes(one))));
      const wishes = wishesOf(withMoves(shapes));
      const world = new MembersWorld(all, wishes[0] ?? assert.fail());
      for (const one of happens) run(world, wishes, one);
      endsAt(world, wishes.at(-1) ?? assert.fail());
    }),
    { numRuns: 6000 },
  );
});

test("members whose disks are lost are replaced by others, as long as most have theirs", () => {
  const cases = fc
    .subarray(all, { minLength: 3 })
    .chain((hosts) =>
      fc.tuple(fc.constant(hosts), fc.subarray(hosts, { minLength: 1, maxLength: (hosts.length - 1) >> 1 })),
    );
  fc.assert(
    fc.property(cases, events, ([hosts, lost], happens) => {
      const wishes = [wishOf(1, { hosts }), wishOf(2, { hosts, replaced: lost })];
      const world = new MembersWorld(all, wishes[0] ?? assert.fail());
      for (const one of lost) world.loseDisk(one);
      for (const one of happens) run(world, wishes, one);
      endsAt(world, wishes[1] ?? assert.fail());
    }),
    { numRuns: 4000 },
  );
});

function run(world: MembersWorld, wishes: readonly MembersWish[], one: Event): void {
  if (one.kind === "tick") tick(world, one);
  else if (one.kind === "deliver")
    world.deliver(one.host, wishes[Math.min(one.wish, wishes.length - 1)] ?? assert.fail());
  else if (one.kind === "blocked") world.obstacles.set(one.host, "no image");
  else if (one.kind === "free") world.obstacles.delete(one.host);
  else world.set(one.host, one.kind === "on");
}

function tick(world: MembersWorld, { host: name, dies, unseen }: Omit<Extract<Event, { kind: "tick" }>, "kind">): void {
  const { call } = world.look(name, unseen ?? undefined);
  assert.ok(call?.kind !== "add" || !world.obstacles.has(name), `${name} adds what it cannot start`);
  if (call === undefined || dies === "before") return;
  const hadQuorum = world.hasQuorum();
  const before = world.known?.generation ?? 0;
  const voters = world.voters();
  world.remember(name);
  world.call(name, call);
  assert.ok(!hadQuorum || world.hasQuorum(), `${name} took the quorum: ${world.done.join("\n")}`);
  const gone = call.kind === "remove" ? voters.find(({ id, isWell }) => id === call.id && isWell) : undefined;
  if (gone !== undefined && unseen === null)
    assert.ok(
      world.wishOf(name).members.every((member) => {
        const listed = listedAs(member, voters);
        // or it makes place for another one of its own host
        if (listed !== undefined) return listed.isWell;
        return voters.some((one) => hostOfMember(one.name) === hostOfMember(member.name));
      }),
      `${gone.name} was still of use`,
    );
  assert.ok(world.list().filter(({ isLearner }) => isLearner).length <= 1);
  assert.ok((world.known?.generation ?? 0) >= before, "an older host config changed members");
}

/** Everybody is on and has the newest config. */
function endsAt(world: MembersWorld, newest: MembersWish): void {
  world.obstacles.clear();
  for (const name of all) {
    world.set(name, true);
    world.deliver(name, newest);
  }
  for (let round = 0; round < 60 && !isAsWished(newest.members, world.list()); round++)
    for (const name of all) tick(world, { host: name, dies: "no", unseen: null });
  const waits = all.map((name) => world.look(name).decision);
  assert.ok(
    isAsWished(newest.members, world.list()),
    JSON.stringify({ newest, list: world.list(), done: world.done, waits }),
  );
  assert.ok(world.voters().every(({ isWell }) => isWell));
}
