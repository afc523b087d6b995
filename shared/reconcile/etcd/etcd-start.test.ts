// The table of etcd's first start, case by case.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/state/observed.ts";
import { etcdStartRule } from "#shared/expand/testing/etcd-start-rule-builder.ts";
import { decideEtcdStart, etcdStartArguments } from "./etcd-start.ts";
import type { EtcdData } from "./etcd-start.ts";

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
    const decision = decideEtcdStart(etcdStartRule({ bootstrap }), { isPresent: false }, evidence(answers));

    if (typeof wanted === "string") assert.deepEqual(decision, { start: wanted });
    else assert.match("wait" in decision ? decision.wait : "", wanted);
  });

const data = { isPresent: true };
const ended = { isPresent: true, hasEnded: true };

const withData: readonly (readonly [sentence: string, answers: Answers, data: EtcdData, wanted: "data" | RegExp])[] = [
  ["nobody answers: it goes on", ["silent", "silent"], data, "data"],
  ["listed as it is: it goes on", [[other, started], "silent"], data, "data"],
  [
    "listed as it was founded: it goes on",
    [
      [other, named],
      [other, named],
    ],
    data,
    "data",
  ],
  ["listed under another name at its peer URL: it is the same member", [[other, renamed], "silent"], data, "data"],
  ["one list is older and lacks it: it goes on", [[other], [other, started]], data, "data"],
  [
    "one list is older and has its peer URL of before: it goes on",
    [
      [other, movedAway],
      [other, started],
    ],
    data,
    "data",
  ],
  ["just added, and its first start was cut: it goes on", [[other, added], "silent"], data, "data"],
  [
    "another peer URL than etcd has: wait",
    [[other, movedAway], "silent"],
    data,
    /knows h1 at https:\/\/10.77.0.99:2380, not at/,
  ],
  [
    "its peer URL is another member's by now: wait",
    [[{ ...other, peerUrls: [ourUrl] }, movedAway], "silent"],
    data,
    /not at/,
  ],
  ["in no list: it was taken out", [[other], "silent"], data, /taken out for good .* its data in \/var\/lib\/etcd/],
  ["taken out and added anew, with the old data: wait", [[other, added], "silent"], ended, /holds the data of the one/],
];

for (const [sentence, answers, found, wanted] of withData)
  test(`data present, ${sentence}`, () => {
    for (const bootstrap of [true, false]) {
      const decision = decideEtcdStart(etcdStartRule({ bootstrap }), found, evidence(answers));
      if (typeof wanted === "string") assert.deepEqual(decision, { start: wanted });
      else assert.match("wait" in decision ? decision.wait : "", wanted);
    }
  });

const byThemselves: readonly (readonly [
  sentence: string,
  answer: readonly EtcdMemberSeen[],
  wanted: string | RegExp,
])[] = [
  ["its data is lost: what to type", [other, started], /its data is lost; .* split --replace-member h1$/],
  ["not listed yet", [other], /this host adds it when its turn comes/],
  ["listed without a name", [other, added], "existing"],
  ["the one in whose place it comes is still there", [other, renamed], /etcd still lists old at .*: the other hosts/],
];

for (const [sentence, answer, wanted] of byThemselves)
  test(`members that come and go by themselves, empty data directory, ${sentence}`, () => {
    const rule = etcdStartRule({ changesItself: true });
    const decision = decideEtcdStart(rule, { isPresent: false }, evidence([answer, "silent"]));
    if (typeof wanted === "string") assert.deepEqual(decision, { start: wanted });
    else assert.match("wait" in decision ? decision.wait : "", wanted);
  });

test("members that come and go by themselves, with data: one that moved tells etcd, one that was taken out is told what to type", () => {
  const wait = (answer: readonly EtcdMemberSeen[]): string => {
    const decision = decideEtcdStart(
      etcdStartRule({ changesItself: true }),
      { isPresent: true },
      evidence([answer, "silent"]),
    );
    return "wait" in decision ? decision.wait : decision.start;
  };
  assert.match(wait([other, movedAway]), /etcd knows h1 at .*:2380, not yet at .*: this host tells it/);
  assert.match(wait([other]), /taken out for good .* split --replace-member h1$/);
  assert.equal(wait([other, started]), "data");
});

test("data present and peers not asked: just start", () => {
  for (const bootstrap of [true, false])
    assert.deepEqual(decideEtcdStart(etcdStartRule({ bootstrap }), data, undefined), { start: "data" });
});

test("peers of different clusters are evidence for neither", () => {
  const clusterIds = new Map([
    ["h2", "a"],
    ["h3", "b"],
  ]);
  const mixed = { ...evidence([[other, added], [other]]), clusterIds };

  const decision = decideEtcdStart(etcdStartRule({ bootstrap: true }), { isPresent: false }, mixed);

  assert.match("wait" in decision ? decision.wait : "", /h2, h3 are members of another etcd cluster/);
});

test("a peer that refuses our certificate is told, and nothing is founded beside it", () => {
  const refusal = {
    certificate: "ours",
    why: "wrong-name",
    for: "10.77.0.12",
    wanted: "10.77.0.19",
    self: "h1",
  } as const;
  const refusing = {
    ...evidence(["silent", "silent"]),
    refusals: new Map([
      ["h2", refusal],
      ["h3", refusal],
    ]),
  };

  const decision = decideEtcdStart(etcdStartRule({ bootstrap: true }), { isPresent: false }, refusing);

  assert.deepEqual(decision, {
    wait: "the data directory is empty, and h2, h3 refuse this host's certificate, which is for 10.77.0.12; this host has 10.77.0.19. Is this h1's machine?",
  });
});

test("peers that were not asked mean to wait, also with bootstrap said", () => {
  const decision = decideEtcdStart(etcdStartRule({ bootstrap: true }), { isPresent: false }, undefined);

  assert.match("wait" in decision ? decision.wait : "", /not been asked/);
});

test("a member without peers founds its cluster only when bootstrap is said", () => {
  const single = { peers: [] };

  const allowed = decideEtcdStart(etcdStartRule({ ...single, bootstrap: true }), { isPresent: false }, undefined);
  const forbidden = decideEtcdStart(etcdStartRule({ ...single, bootstrap: false }), { isPresent: false }, undefined);

  assert.deepEqual(allowed, { start: "new" });
  assert.match("wait" in forbidden ? forbidden.wait : "", alone);
});

test("an answer from somebody who is no peer of ours is no evidence", () => {
  const stranger: EtcdEvidence = { peers: new Map([["h9", [named]]]), healthy: [] };

  const decision = decideEtcdStart(etcdStartRule(), { isPresent: false }, stranger);

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

test("a member that joins names those that etcd has, whatever more the host config wants", () => {
  const initialCluster = (answers: Answers): string | undefined =>
    etcdStartArguments(etcdStartRule(), "existing", evidence(answers)).find((flag) =>
      flag.startsWith("--initial-cluster="),
    );
  const unstarted: EtcdMemberSeen = { name: "", peerUrls: ["https://10.77.0.13:2380"], clientUrls: [] };
  const two = "--initial-cluster=h1=https://10.77.0.11:2380,h2=https://10.77.0.12:2380";

  assert.equal(initialCluster([[other, added], "silent"]), two);
  assert.equal(initialCluster([[other], [other, added]]), two);
  assert.equal(initialCluster([[other, added, unstarted], "silent"]), `${two},h3=https://10.77.0.13:2380`);
  assert.equal(
    initialCluster([[{ ...other, name: "old", peerUrls: ["https://10.77.0.50:2380"] }, added], "silent"]),
    "--initial-cluster=h1=https://10.77.0.11:2380,old=https://10.77.0.50:2380",
  );
});
