import assert from "node:assert/strict";
import { test } from "node:test";
import { membersLine, membersWarnings } from "./etcd-members-text.ts";

const report = { generation: 3, wished: ["h1", "h2", "h3.2"], members: [] };

test("the members are told as etcd lists them, with what is not usual of each, and what is waited for", () => {
  assert.equal(membersLine(report), "etcd members not told yet");
  const members = [
    { name: "h1", role: "leader", isWell: true },
    { name: "h2", role: "voter", isWell: false },
    { name: "h3.2", role: "learner", isWell: true },
    { name: "https://10.0.0.4:2380", role: "learner", isWell: false },
  ] as const;
  assert.equal(
    membersLine({ ...report, members, waits: "h2 does not answer" }),
    "etcd members h1 (leader), h2 (silent), h3.2 (learner), https://10.0.0.4:2380 (learner, silent); waits: h2 does not answer",
  );
});

test("what is waited for is a warning when it takes long", () => {
  const waiting = { ...report, waits: "h2 does not answer" };
  assert.deepEqual(membersWarnings({ ...waiting, waitsMs: 9 * 60_000 }), []);
  assert.match(
    membersWarnings({ ...waiting, waitsMs: 11 * 60_000 }).join(),
    /waited for since 11m.*: h2 does not answer$/,
  );
});

test("what a person has to do, and what fails, are warnings", () => {
  assert.deepEqual(membersWarnings(report), []);
  assert.deepEqual(membersWarnings({ ...report, told: "deliver the newest", problem: "no answer" }), [
    "etcd members: deliver the newest",
    "etcd members: no answer",
  ]);
});
