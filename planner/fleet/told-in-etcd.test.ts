// Hosts of which no report was carried, by what they have said in etcd and another host's report brings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { acknowledgementText } from "#shared/acknowledgement/acknowledgement.ts";
import type { Acknowledgement } from "#shared/acknowledgement/acknowledgement.ts";
import { fleetOf } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { reportIn } from "./host-report.ts";
import { reached } from "./reached.ts";
import { fleetNow, keyOf, reportText, wantedFleet } from "./testing/build-fleet.ts";

function word(host: string, told: Partial<Acknowledgement> = {}): string {
  return acknowledgementText({ generation: 7, outcome: "applied", etcd: "3.6.16", ...told }, keyOf(host));
}

/** Two hosts, and reports of the first alone. */
function fleet(...reports: readonly string[]): Fleet {
  const carried = reports.map((text, index) => ({ file: `${index}.json`, report: reportIn(text) }));
  return fleetOf(wantedFleet(2), { carried }, fleetNow);
}

function carrying(acknowledgements: Readonly<Record<string, string>>, changes: object = {}): string {
  return reportText("h1", { acknowledgements, ...changes });
}

test("one report tells which generation another host has applied, and that nobody tells how it is now", () => {
  const { hosts, findings } = fleet(carrying({ h1: word("h1"), h2: word("h2") }));

  const { words, isProven } = hosts[1] ?? {};
  assert.deepEqual([words?.generation, words?.result, words?.etcd, isProven], [7, "applied", "3.6.16", true]);
  assert.deepEqual(
    findings.map(({ host, kind, what }) => [host, kind, what]),
    [["h2", "no-report", "no report of it; in etcd it says that generation 7 is applied"]],
  );
});

test("that it has come up is proven by its word, and by no other's", () => {
  const up = (...reports: readonly string[]): unknown => reached(["h1", "h2"], fleet(...reports), { kind: "up" }).ok;

  assert.equal(up(carrying({ h2: word("h2") })), true);
  assert.equal(up(carrying({})), false);
  assert.equal(up(carrying({ h2: word("h1") })), false);
  const learners = { etcdMembers: { members: [{ name: "h2", role: "learner", isWell: true }] } };
  assert.equal(up(carrying({ h2: word("h2") }, learners)), false);
});

for (const [what, text, kind] of [
  ["is of an older generation", word("h2", { generation: 6 }), "behind"],
  ["is of a newer one", word("h2", { generation: 8 }), "ahead"],
  ["was said by another host", word("h1"), "unproven"],
  ["has no proof", "7 applied", "unproven"],
  ["tells of a refusal", word("h2", { outcome: { refused: "SEALED_OLDER" } }), "config-refused"],
  ["tells of a way back", word("h2", { outcome: "rolled-back" }), "failed"],
  ["is nothing that an agent writes", "hello", "no-report"],
] as const)
  test(`a word that ${what} is a finding`, () => {
    const { hosts, findings } = fleet(carrying({ h2: text }));

    assert.deepEqual([findings.map((each) => each.kind), hosts[1]?.isProven], [[kind], kind === "failed"]);
  });

test("a report that is not believed brings no words, and of two the newer one's count", () => {
  const edited = carrying({ h2: word("h2") }).replace('"settled"', '"changed"');
  assert.equal(fleet(edited).hosts[1]?.words, undefined);

  const older = carrying({ h2: word("h2", { generation: 6 }) }, { writtenAt: "2026-01-01T00:10:00Z" });
  assert.equal(fleet(carrying({ h2: word("h2") }), older).hosts[1]?.words?.generation, 7);
});

test("a host of which a report was carried is judged by that alone", () => {
  const { findings } = fleet(carrying({ h2: word("h2", { generation: 6 }) }), reportText("h2"));

  assert.deepEqual(findings, []);
});
