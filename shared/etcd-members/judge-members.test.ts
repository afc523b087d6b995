// Who changes etcd's members next, and what he waits for.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeMembers } from "./judge-members.ts";
import { hostOfMember } from "./member-name.ts";
import type { ListedMember, MembersDecision, MembersSeen } from "./members-seen.ts";

const urlOf = (name: string): string => `https://${hostOfMember(name)}:2380`;

/** h1 leads unless said otherwise; its id is its name in brackets. */
function member(name: string, changed: Partial<ListedMember> = {}): ListedMember {
  const usual = { isLearner: false, isLeader: name === "h1", isWell: true, isGone: false, isInSync: false };
  return { id: `(${name})`, name, peerUrls: [urlOf(name)], clientUrls: [], ...usual, ...changed };
}

const silent = (name: string): ListedMember => member(name, { isWell: false, isGone: true });
const learner = (name: string, changed: Partial<ListedMember> = {}): ListedMember =>
  member(name, { isLearner: true, ...changed });
/** Added, and never started. */
const added = (name: string): ListedMember => learner(name, { name: "", isWell: false });

type About = Partial<Omit<MembersSeen, "wish" | "list">> & { readonly moved?: string };

/** What the host of `self` does about the wish for these members. */
function judged(self: string, wished: string, list: readonly ListedMember[] | undefined, about: About = {}): string {
  const { moved, ...changed } = about;
  const members = wished
    .split(" ")
    .map((name) => ({ name, peerUrl: name === moved ? "https://new:2380" : urlOf(name) }));
  const wish = { generation: 2, digest: "b", members };
  return said(
    judgeMembers({
      self,
      wish,
      list,
      obstacle: undefined,
      key: "/key",
      known: undefined,
      corrupt: [],
      isSafeForTwo: true,
      ...changed,
    }),
  );
}

function said(decision: MembersDecision): string {
  const { kind } = decision;
  if ("reason" in decision) return `${kind}: ${decision.reason}`;
  if (kind === "add") return `add ${decision.peerUrl}`;
  if (kind === "update") return `update ${decision.id} ${decision.peerUrl}`;
  if (kind === "moveLeader") return `lead ${decision.to}`;
  return kind === "nothing" ? kind : `${kind} ${decision.id}`;
}

const three = [member("h1"), member("h2"), member("h3")];

describe("a host that has moved", () => {
  const list = [member("h1"), member("h2"), silent("h3")];

  test("tells etcd its new address though its member cannot listen at the old one any more", () => {
    assert.equal(judged("h3", "h1 h2 h3", list, { moved: "h3" }), "update (h3) https://new:2380");
  });

  test("is waited for by the others like any other that does not answer", () => {
    assert.equal(
      judged("h1", "h1 h2 h3", list, { moved: "h3" }),
      "wait: h3 does not answer; members change only while all that stay are well",
    );
  });
});

describe("a new member", () => {
  test("adds itself as a learner, and promotes itself when it has got the data", () => {
    for (const [list, wanted] of [
      [[member("h1")], "add https://h2:2380"],
      [[member("h1"), added("h2")], "wait: h2 is a learner and has not got all data yet"],
      [[member("h1"), learner("h2")], "wait: h2 is a learner and has not got all data yet"],
      [[member("h1"), learner("h2", { isInSync: true })], "promote (h2)"],
      [[member("h1"), member("h2")], "nothing"],
    ] as const)
      assert.equal(judged("h2", "h1 h2", list), wanted);
  });

  test("is not added while its host could not start it, which nobody else waits for", () => {
    const blocked = { obstacle: "image etcd:3.6.16 is not here" };
    assert.equal(
      judged("h2", "h1 h2", [member("h1")], blocked),
      "wait: h2 joins when its host can start it: image etcd:3.6.16 is not here",
    );
    assert.equal(judged("h3", "h1 h2 h3", [member("h1")]), "add https://h3:2380");
    // one that is listed already goes on: nothing but its start and its promotion is left
    assert.equal(judged("h2", "h1 h2", [member("h1"), learner("h2", { isInSync: true })], blocked), "promote (h2)");
  });

  test("is added by nobody else, and two do not learn at once", () => {
    assert.equal(judged("h1", "h1 h2", [member("h1")]), "wait: h2 joins when its host has its config");
    assert.equal(
      judged("h3", "h1 h2 h3", [member("h1"), added("h2")]),
      "wait: the member at https://h2:2380 joins first: etcd takes one learner at a time",
    );
  });

  test("in the place of one whose disk was lost comes when that one is removed, and not while it works", () => {
    const wished = "h1 h2 h3.2";
    assert.equal(judged("h1", wished, [...three.slice(0, 2), silent("h3")]), "remove (h3)");
    assert.equal(judged("h3.2", wished, three.slice(0, 2)), "add https://h3:2380");
    assert.equal(judged("h3.2", wished, three), "wait: h3 is taken out first, in whose place h3.2 comes");
    assert.equal(judged("h1", wished, three), "remove (h3)");
  });

  test("in the place of one that works comes when the others can go on without it, one at a time", () => {
    const wished = "h1 h2.2 h3.2 h4";
    const four = [...three, member("h4")];
    assert.equal(
      judged("h1", wished, three),
      "wait: h2.2, h3.2, h4 joins when its host has its config; h2, h3 leaves after that",
    );
    assert.equal(judged("h1", wished, four), "remove (h2)");
    assert.equal(
      judged("h1", wished, [member("h1"), member("h3"), member("h4")]),
      "wait: h2.2, h3.2 joins when its host has its config; h3 leaves after that",
    );
    assert.equal(
      judged("h1", wished, [member("h1"), member("h3"), member("h4"), learner("h2.2")]),
      "wait: h3.2 joins when its host has its config; h2.2 is a learner; h3 leaves after that",
    );
    assert.equal(judged("h1", wished, [member("h1"), member("h3"), member("h4"), member("h2.2")]), "remove (h3)");
    const two = three.slice(0, 2);
    assert.match(judged("h1", "h1 h2.2", two, { isSafeForTwo: false }), /^wait: h2 is one of two members: /);
    assert.equal(judged("h2.2", "h1.2 h2.2", two), "wait: h2 is taken out first, in whose place h2.2 comes");
  });
});

describe("a member that goes", () => {
  test("is removed by those that stay, when all of these vote; the leader hands over first", () => {
    assert.equal(judged("h2", "h1 h2", three), "remove (h3)");
    assert.match(
      judged("h2", "h1 h2 h4", three),
      /^wait: h4 joins when its host has its config; h3 leaves after that$/,
    );
    assert.equal(judged("h2", "h2 h3", three), "lead (h2)");
    assert.equal(judged("h3", "h1 h2", three), "wait: h3 leaves after that");
  });

  test("does so at once when it does not answer, and as a learner", () => {
    assert.equal(judged("h2", "h1 h2 h4", [...three.slice(0, 2), silent("h3")]), "remove (h3)");
    assert.equal(judged("h4", "h4", [member("h1"), added("h2")]), "remove (h2)");
  });

  test("is one of two only when both are safe", () => {
    assert.equal(judged("h1", "h1", three.slice(0, 2)), "remove (h2)");
    assert.match(judged("h1", "h1", three.slice(0, 2), { isSafeForTwo: false }), /^wait: h2 is one of two members: /);
    assert.match(
      judged("h1", "h1", three, { isSafeForTwo: false }),
      /^wait: the members become one when .*backup take/,
    );
    assert.equal(judged("h1", "h1", three), "remove (h2)");
  });

  test("is not taken for dead because it does not answer for a moment, or not to this host", () => {
    const pausing = member("h3", { isWell: false });
    assert.equal(judged("h1", "h1 h2", [...three.slice(0, 2), pausing]), "wait: h3 does not answer now");
    assert.match(judged("h1", "h1", [member("h1"), silent("h2")]), /^wait: h2 is one of two members and lives/);
  });
});

test("a member that moves tells etcd itself, before it starts there", () => {
  assert.equal(judged("h2", "h1 h2 h3", three, { moved: "h2" }), "update (h2) https://new:2380");
  assert.equal(judged("h1", "h1 h2 h3", three, { moved: "h2" }), "wait: h2 moves when its host has its config");
});

describe("nobody changes anything", () => {
  test("while one that stays is silent, has other data, or nobody has a quorum", () => {
    assert.match(judged("h1", "h1 h2", [member("h1"), silent("h2"), member("h3")]), /^wait: h2 does not answer; /);
    assert.match(judged("h1", "h1 h2", three, { corrupt: ["h2"] }), /^wait: h2 has other data/);
    assert.equal(judged("h1", "h1 h2", undefined), "wait: no quorum of etcd tells its members");
  });

  test("by an older host config, or by one of two that have the same number", () => {
    const older = { known: { generation: 3, digest: "c" } };
    assert.match(
      judged("h1", "h1 h2", three, older),
      /^refuse: .* generation 3, .* is of 2: deliver the newest; .*: etcdctl del \/key$/,
    );
    assert.match(judged("h1", "h1 h2", three, { known: { generation: 2, digest: "a" } }), /^refuse: .*two planners/);
    assert.equal(judged("h1", "h1 h2", three, { known: { generation: 2, digest: "b" } }), "remove (h3)");
  });
});
