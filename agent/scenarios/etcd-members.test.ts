// Members of etcd come, go and are replaced by the agents of their hosts, with a kill before and after every call.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { doMembers } from "#agent/etcd-members/do-members.ts";
import type { MembersTurn } from "#agent/etcd-members/do-members.ts";
import { FakeEtcdMembers } from "#agent/testing/fake-etcd-members.ts";
import { Cut } from "#agent/testing/memory-disk.ts";
import { hostOfMember } from "#shared/etcd-members/member-name.ts";
import { isAsWished } from "#shared/etcd-members/judge-members.ts";
import { MembersWorld } from "#shared/etcd-members/testing/members-world.ts";
import type { EtcdMembersRule, MembersWish } from "#shared/state/etcd-members-rule.ts";
import { Secret } from "#shared/secret.ts";

const hosts = ["h1", "h2", "h3", "h4", "h5"];

function wishOf(generation: number, names: string, moved = ""): MembersWish {
  const members = names.split(" ").map((name) => {
    const host = hostOfMember(name);
    return { name, peerUrl: `https://${host}${host === moved ? "-new" : ""}:2380` };
  });
  return { generation, digest: JSON.stringify(members), members };
}

function ruleOf(host: string, wish: MembersWish): EtcdMembersRule {
  const tls = { ca: "ca", certificate: "certificate", key: new Secret("key") };
  return { cluster: "demo", host, self: host, container: `etcd-${host}`, token: "t", wish, endpoints: [], tls };
}

/** A turn of each host; whether one was killed. The lease of a dead holder ends before the next. */
async function round(fake: FakeEtcdMembers): Promise<boolean> {
  let isCut = false;
  for (const host of hosts)
    try {
      await doMembers(fake.host(host), ruleOf(host, fake.world.wishOf(host)));
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      isCut = true;
      fake.held = undefined;
    }
  return isCut;
}

type Way = { readonly from: MembersWish; readonly to: MembersWish; readonly lost?: string };

const ways: readonly (readonly [string, Way])[] = [
  ["1 to 3", { from: wishOf(1, "h1"), to: wishOf(2, "h1 h2 h3") }],
  ["3 to 5", { from: wishOf(1, "h1 h2 h3"), to: wishOf(2, "h1 h2 h3 h4 h5") }],
  ["5 to 3", { from: wishOf(1, "h1 h2 h3 h4 h5"), to: wishOf(2, "h3 h4 h5") }],
  ["3 to 1, the leader goes", { from: wishOf(1, "h1 h2 h3"), to: wishOf(2, "h3") }],
  ["a lost disk", { from: wishOf(1, "h1 h2 h3"), to: wishOf(2, "h1 h2 h3.2"), lost: "h3" }],
  ["one moves", { from: wishOf(1, "h1 h2 h3"), to: wishOf(2, "h1 h2 h3", "h2") }],
  ["taken out and back before it has left", { from: wishOf(1, "h1 h2 h3"), to: wishOf(2, "h1 h2.2 h3.2") }],
  ["one for another", { from: wishOf(1, "h1 h2 h3"), to: wishOf(2, "h1 h2 h4") }],
];

function begun({ from, to, lost }: Way): FakeEtcdMembers {
  const world = new MembersWorld(hosts, from);
  if (lost !== undefined) world.loseDisk(lost);
  for (const host of hosts) world.deliver(host, to);
  return new FakeEtcdMembers(world);
}

describe("etcd's members", () => {
  for (const [sentence, way] of ways)
    test(`${sentence}: killed before and after every call, it ends as wished, and nobody holds the lock`, async () => {
      let cuts = 0;
      for (let at = 0, isLast = false; !isLast; at++) {
        const fake = begun(way);
        fake.killAfter = at;
        let count = 0;
        for (let turn = 0; turn < 30; turn++) count += (await round(fake)) ? 1 : 0;
        isLast = count === 0;
        cuts += count;
        const { world } = fake;
        assert.ok(isAsWished(way.to.members, world.list()), `${at}: ${world.done.join("\n")}`);
        assert.equal(fake.held, undefined, `${at}`);
        assert.deepEqual(world.known, { generation: 2, digest: way.to.digest });
      }
      assert.ok(cuts >= 8, `${cuts} were killed`);
    });

  test("a host with an older config than etcd knows changes nothing, and says what to do", async () => {
    const fake = begun({ from: wishOf(1, "h1 h2 h3"), to: wishOf(2, "h1 h2 h3 h4") });
    for (let turn = 0; turn < 10; turn++) await round(fake);
    const done = fake.world.done.length;
    const late = new FakeEtcdMembers(fake.world);
    const host = late.host("h1");
    const old = { ...host, look: async () => Promise.resolve({ ...fake.world.seen("h1"), wish: wishOf(1, "h1 h2") }) };
    const { decision }: MembersTurn = await doMembers(old, ruleOf("h1", wishOf(1, "h1 h2")));
    assert.deepEqual(decision, {
      kind: "refuse",
      reason:
        "etcd's members are of generation 2, and this host's config is of 1: deliver the newest; where the planner has lost count and this is the newest: etcdctl del /flexkube/demo/members",
    });
    assert.equal(fake.world.done.length, done);
  });

  test("while a member's data differs nothing is changed or written, and that is what is told", async () => {
    const fake = begun({ from: wishOf(1, "h1"), to: wishOf(2, "h1 h2") });
    const host = fake.host("h2");
    const look = async () => Promise.resolve({ ...fake.world.seen("h2"), corrupt: ["h1"] });
    const lock = { ...host.lock, take: async () => Promise.reject(new Error("etcdserver: corrupt cluster")) };
    const turn = await doMembers({ ...host, look, lock: lock as typeof host.lock }, ruleOf("h2", wishOf(2, "h1 h2")));
    assert.deepEqual(turn.decision, { kind: "wait", reason: "h1 has other data than the others (alarm CORRUPT)" });
    assert.equal(fake.world.known, undefined);
  });

  test("without the lock, or while another host has it, nothing is changed", async () => {
    const fake = begun({ from: wishOf(1, "h1"), to: wishOf(2, "h1 h2") });
    const rule = ruleOf("h2", wishOf(2, "h1 h2"));
    const none = await doMembers({ ...fake.host("h2"), lock: undefined }, rule);
    assert.deepEqual(none.decision, { kind: "wait", reason: "the host config has no disruption lock" });
    for (const host of ["h1", "h2"]) {
      fake.held = { host, component: "etcd", container: "etcd-h1", since: 0, nonce: "" };
      const { decision } = await doMembers(fake.host("h2"), rule);
      assert.equal(decision.kind, "wait");
    }
    assert.deepEqual(fake.world.done, []);
  });
});
