// The table of etcd's first start, case by case.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/reconcile/observed.ts";
import { etcdStartRule } from "../testing/etcd-start-rule-builder.ts";
import { decideEtcdStart, etcdStartArguments } from "./etcd-start.ts";

const ourUrl = "https://10.77.0.11:2380";
const started: EtcdMemberSeen = { name: "h1", peerUrls: [ourUrl], clientUrls: ["https://10.77.0.11:2379"] };
const named: EtcdMemberSeen = { name: "h1", peerUrls: [ourUrl], clientUrls: [] };
const added: EtcdMemberSeen = { name: "", peerUrls: [ourUrl], clientUrls: [] };
const renamed: EtcdMemberSeen = { ...started, name: "old" };
const movedAway: EtcdMemberSeen = { ...named, peerUrls: ["https://10.77.0.99:2380"] };
const takenUrl: EtcdMemberSeen = { ...named, name: "old" };
const other: EtcdMemberSeen = {
  name: "h2",
  peerUrls: ["https://10.77.0.12:2380"],
  clientUrls: ["https://10.77.0.12:2379"],
};

/** Member lists of h2 and h3; "silent" when the peer did not answer. */
type Answers = readonly [h2: readonly EtcdMemberSeen[] | "silent", h3: readonly EtcdMemberSeen[] | "silent"];

function evidence([h2, h3]: Answers): EtcdEvidence {
  const list = (answer: Answers[number]) => (answer === "silent" ? undefined : answer);
  return {
    peers: new Map([
      ["h2", list(h2)],
      ["h3", list(h3)],
    ]),
    healthy: [],
  };
}

const lost = /its data is lost/;
const unlisted = /do not list this member/;
const alone = /does not say bootstrap/;
const moved = /under another peer URL/;

type Row = readonly [sentence: string, answers: Answers, bootstrap: boolean, wanted: "new" | "existing" | RegExp];

const emptyDirectory: readonly Row[] = [
  ["a peer lists us with client URLs: our data is lost", [[other, started], "silent"], false, lost],
  ["our data is lost also when the host config says bootstrap", [[other, started], "silent"], true, lost],
  [
    "one list that says so is enough",
    [
      [other, named],
      [other, started],
    ],
    true,
    lost,
  ],
  [
    "the order of the lists does not matter",
    [
      [other, started],
      [other, added],
    ],
    true,
    lost,
  ],
  ["a started member at our peer URL under an older name was us", [[other, renamed], "silent"], true, lost],

  ["listed by name without client URLs: first bootstrap", [[other, named], "silent"], false, "new"],
  [
    "first bootstrap also with bootstrap said",
    [
      [other, named],
      [other, named],
    ],
    true,
    "new",
  ],
  ["a list by name counts more than one without us", [[other, named], [other]], false, "new"],
  ["listed by name at another peer URL: wait", [[other, movedAway], "silent"], true, moved],
  ["our peer URL under another name that never started: wait", [[other, takenUrl], "silent"], true, moved],

  ["listed by URL without a name: added and never started", [[other, added], "silent"], false, "existing"],
  [
    "added, whatever bootstrap says",
    [
      [other, added],
      [other, added],
    ],
    true,
    "existing",
  ],
  ["added, though one list is older", [[other], [other, added]], false, "existing"],

  ["not listed: wait", [[other], "silent"], false, unlisted],
  ["not listed: wait, whatever bootstrap says", [[other], [other]], true, unlisted],
  ["an empty list does not list us", [[], "silent"], true, unlisted],

  ["no peer answers and bootstrap is said: found the cluster", ["silent", "silent"], true, "new"],
  ["no peer answers and bootstrap is not said: wait", ["silent", "silent"], false, alone],
];

for (const [sentence, answers, bootstrap, wanted] of emptyDirectory)
  test(`empty data directory, ${sentence}`, () => {
    const decision = decideEtcdStart(etcdStartRule({ bootstrap }), false, evidence(answers));

    if (typeof wanted === "string") assert.deepEqual(decision, { start: wanted });
    else assert.match("wait" in decision ? decision.wait : "", wanted);
  });

test("data present: just start, whatever the peers say and bootstrap allows", () => {
  const all = [undefined, ...emptyDirectory.map(([, answers]) => evidence(answers))];

  for (const bootstrap of [true, false])
    for (const seen of all)
      assert.deepEqual(decideEtcdStart(etcdStartRule({ bootstrap }), true, seen), { start: "data" });
});

test("peers that were not asked mean to wait, also with bootstrap said", () => {
  const decision = decideEtcdStart(etcdStartRule({ bootstrap: true }), false, undefined);

  assert.match("wait" in decision ? decision.wait : "", /not been asked/);
});

test("a member without peers founds its cluster only when bootstrap is said", () => {
  const single = { peers: [] };

  const allowed = decideEtcdStart(etcdStartRule({ ...single, bootstrap: true }), false, undefined);
  const forbidden = decideEtcdStart(etcdStartRule({ ...single, bootstrap: false }), false, undefined);

  assert.deepEqual(allowed, { start: "new" });
  assert.match("wait" in forbidden ? forbidden.wait : "", alone);
});

test("an answer from somebody who is no peer of ours is no evidence", () => {
  const stranger: EtcdEvidence = { peers: new Map([["h9", [named]]]), healthy: [] };

  const decision = decideEtcdStart(etcdStartRule(), false, stranger);

  assert.match("wait" in decision ? decision.wait : "", alone);
});

test("start arguments name the state that was decided, and there are none with data", () => {
  const rule = etcdStartRule();

  assert.deepEqual(etcdStartArguments(rule, "new"), [
    "--initial-advertise-peer-urls=https://10.77.0.11:2380",
    "--initial-cluster=h1=https://10.77.0.11:2380,h2=https://10.77.0.12:2380,h3=https://10.77.0.13:2380",
    "--initial-cluster-state=new",
    "--initial-cluster-token=demo",
  ]);
  assert.ok(etcdStartArguments(rule, "existing").includes("--initial-cluster-state=existing"));
  assert.deepEqual(etcdStartArguments(rule, "data"), []);
});
