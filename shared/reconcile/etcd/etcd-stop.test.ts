// When a member may stop, by what etcd itself counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdStartRule } from "#shared/expand/testing/etcd-start-rule-builder.ts";
import { etcdStopReason } from "./etcd-stop.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/state/observed.ts";

const stays = { leaves: false };
const goes = { leaves: true };

function member(host: number, change: Partial<EtcdMemberSeen> = {}): EtcdMemberSeen {
  const address = `https://10.77.0.1${host}`;
  return { name: `h${host}`, peerUrls: [`${address}:2380`], clientUrls: [`${address}:2379`], ...change };
}

function evidence(list: readonly EtcdMemberSeen[], healthy: readonly string[]): EtcdEvidence {
  return {
    peers: new Map([
      ["h2", list],
      ["h3", list],
    ]),
    healthy,
    self: list,
  };
}

function rule(...peers: readonly number[]) {
  const all = etcdStartRule().peers;
  return etcdStartRule({ peers: all.filter(({ name }) => peers.includes(Number(name.slice(1)))) });
}

const three = [member(1), member(2), member(3)];
const learner = member(3, { isLearner: true });
const others = ["h2", "h3"];

test("of three members one may stop, or go, while the two others answer", () => {
  for (const how of [stays, goes]) assert.equal(etcdStopReason(rule(2, 3), evidence(three, others), how), undefined);
});

test("where members come and go by themselves one leaves when the others have taken it out", () => {
  const changing = { ...rule(2, 3), changesItself: true } as const;
  assert.match(
    etcdStopReason(changing, evidence(three, others), goes) ?? "",
    /^it leaves when the other hosts have taken it/,
  );
  assert.equal(etcdStopReason(changing, evidence(three, others), stays), undefined);
  const alone = { ...rule(), changesItself: true } as const;
  assert.equal(etcdStopReason(alone, evidence([member(1)], []), goes), undefined);
});

test("a member that etcd counts and the host config does not must answer too", () => {
  const text = "this member stops only while all others answer; etcd counts h3, which does not answer";
  assert.equal(etcdStopReason(rule(2), evidence(three, ["h2"]), stays), text);
  assert.equal(etcdStopReason(rule(2), evidence(three, others), stays), undefined);
  assert.match(etcdStopReason(rule(), evidence(three, []), stays) ?? "", /etcd counts h2, h3, which do not answer/);
});

test("a member of the config that etcd does not count need not answer, and is none of a quorum", () => {
  const two = [member(1), member(2)];
  const reason = /etcd counts 2 voting members, h1, h2, which have no quorum without this one/;
  assert.match(etcdStopReason(rule(2, 3), evidence(two, ["h2", "h3"]), stays) ?? "", reason);
  const five = [...three, member(4), member(5)];
  assert.equal(etcdStopReason(rule(2, 3), evidence(five, ["h2", "h3", "h4", "h5"]), stays), undefined);
});

test("a learner's health says nothing: it never counts, and is never waited for", () => {
  const list = [member(1), member(2), learner];
  const reason = /etcd counts 2 voting members, h1, h2, which have no quorum/;
  assert.match(etcdStopReason(rule(2, 3), evidence(list, others), stays) ?? "", reason);
  const four = [...list, member(4)];
  assert.equal(etcdStopReason(rule(2, 3), evidence(four, ["h2", "h4"]), stays), undefined);
});

test("a member that votes in one list and learns in another must answer, and is none of a quorum", () => {
  const seen = (healthy: readonly string[]) => ({ ...evidence(three, healthy), self: [member(1), member(2), learner] });
  assert.match(etcdStopReason(rule(2, 3), seen(["h2"]), stays) ?? "", /no answer from h3/);
  assert.match(etcdStopReason(rule(2, 3), seen(others), stays) ?? "", /2 voting members, h1, h2, which have no quorum/);
});

test("a member that was added as a voter and never started does not answer", () => {
  const added: EtcdMemberSeen = { name: "", peerUrls: ["https://10.77.0.19:2380"], clientUrls: [] };
  const reason = etcdStopReason(rule(2, 3), evidence([...three, added], others), stays);
  assert.match(reason ?? "", /etcd counts https:\/\/10.77.0.19:2380, which does not answer/);
});

test("a peer of another cluster is not counted, whatever it answers", () => {
  const clusterIds = new Map([
    ["h1", "a"],
    ["h2", "a"],
    ["h3", "b"],
  ]);
  const seen = { ...evidence(three, others), clusterIds };
  assert.match(etcdStopReason(rule(2, 3), seen, stays) ?? "", /h3 is a member of another etcd cluster/);
});

test("one or two members that are all the config wants stop for a moment, and two do not part", () => {
  const two = [member(1), member(2)];
  assert.equal(etcdStopReason(rule(), evidence([member(1)], []), stays), undefined);
  assert.equal(etcdStopReason(rule(2), evidence(two, ["h2"]), stays), undefined);
  assert.match(etcdStopReason(rule(2), evidence(two, []), stays) ?? "", /no answer from h2/);
  assert.match(etcdStopReason(rule(2), evidence(two, ["h2"]), goes) ?? "", /remove it from etcd first/);
  assert.equal(etcdStopReason(rule(), evidence([member(1)], []), goes), undefined);
});

test("a member that works is not stopped on lists that do not have it: they may be another cluster's", () => {
  assert.match(etcdStopReason(rule(2, 3), evidence([member(2), member(3)], others), goes) ?? "", /do not list it/);
});

test("without a list it waits, and one that was founded alone does not", () => {
  const silent: EtcdEvidence = { peers: new Map(), healthy: [] };
  assert.match(etcdStopReason(rule(2, 3), silent, stays) ?? "", /no answer from h2, h3/);
  assert.match(etcdStopReason(rule(2, 3), undefined, stays) ?? "", /no answer from h2, h3/);
  assert.match(etcdStopReason(rule(2), { ...silent, healthy: ["h2"] }, stays) ?? "", /none of them tells/);
  assert.equal(etcdStopReason(rule(), silent, stays), undefined);
});

test("a refusal by TLS is told as one, each cause once", () => {
  const theirs = { certificate: "theirs", why: "other-ca" } as const;
  const seen: EtcdEvidence = {
    peers: new Map(),
    healthy: [],
    refusals: new Map([
      ["h2", theirs],
      ["h3", theirs],
    ]),
  };
  assert.equal(
    etcdStopReason(rule(2, 3), seen, stays),
    "this member stops only while all others answer; h2, h3 present a certificate of another CA than this config's: was pki/ replaced?",
  );
});

test("two members of one name are two, and only the one at the config's address is known by it", () => {
  const old = member(3, { peerUrls: ["https://10.77.0.93:2380"], clientUrls: ["https://10.77.0.93:2379"] });

  // of four voters three are a quorum: the old h3 is off, so nobody else may stop
  for (const list of [
    [...three, old],
    [old, ...three],
  ])
    assert.equal(
      etcdStopReason(rule(2, 3), evidence(list, others), stays),
      "this member stops only while all others answer; etcd counts h3 at https://10.77.0.93:2380, which does not answer",
    );
  const all = [...others, "h3 at https://10.77.0.93:2380"];
  assert.equal(etcdStopReason(rule(2, 3), evidence([...three, old], all), stays), undefined);
});

test("two strangers of one name are two", () => {
  const strangers = [8, 9].map((host) => ({ ...member(host), name: "x" }));

  assert.match(
    etcdStopReason(rule(2, 3), evidence([...three, ...strangers], [...others, "x"]), stays) ?? "",
    /etcd counts x at https:\/\/10\.77\.0\.18:2380, x at https:\/\/10\.77\.0\.19:2380, which do not answer/,
  );
});
