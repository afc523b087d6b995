// What an agent says at its Node of what was delivered.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { acknowledgementIn, acknowledgementText, isProvenText } from "#shared/acknowledgement/acknowledgement.ts";
import { buildComponent } from "#agent/testing/build-report.ts";
import { acknowledgementOf } from "./acknowledgement-of.ts";
import type { AcknowledgedBy } from "./acknowledgement-of.ts";

const settled: AcknowledgedBy = {
  generation: 3,
  result: "settled",
  blocked: [],
  agentVersion: "0.1.0",
  components: [],
  place: "the Secret",
  claimed: undefined,
};
const textOf = (more: Partial<AcknowledgedBy>): string | undefined => {
  const told = acknowledgementOf({ ...settled, ...more });
  return told && acknowledgementText(told);
};
const refused = [{ name: "the Secret", state: "refused", code: "SEALED_OTHER_KEY" }] as const;
const blockedAs = (code: string): AcknowledgedBy["blocked"] => [
  { component: "web", container: "web", code, reason: "" },
];

test("applied once all is as it should be, rolled back once that is decided, and nothing before", () => {
  assert.equal(textOf({}), "3 applied agent=0.1.0");
  assert.equal(textOf({ result: "failed", blocked: blockedAs("rejected") }), "3 rolled-back agent=0.1.0");
  for (const more of [{ result: "failed" }, { result: "working" }, { blocked: blockedAs("waiting") }] as const)
    assert.equal(textOf(more), undefined);
});

test("what is refused is told by its code while it says to be newer than what is in force", () => {
  assert.equal(textOf({ sources: refused, claimed: 4 }), "4 refused:SEALED_OTHER_KEY");
  for (const more of [
    { sources: refused, claimed: 3 },
    { sources: refused },
    { sources: [{ ...refused[0], name: "another place" }], claimed: 4 },
  ])
    assert.equal(textOf(more), "3 applied agent=0.1.0");
});

test("what runs is told by the tags of its images, and when it ends", () => {
  const components = [
    buildComponent({ image: "registry:5000/etcd:3.6.16@sha256:00" }),
    buildComponent({ component: "kube-apiserver", image: "kube-apiserver:v1.36.3" }),
  ];
  const node = { name: "h1", ready: "True", kubeletVersion: "v1.35.9" };
  const dates = { certificatesEnd: "2027-01-01T00:00:00Z", renewalDue: "2026-07-01T00:00:00Z" };

  assert.equal(
    textOf({ components, node, ...dates }),
    "3 applied agent=0.1.0 etcd=3.6.16 kubernetes=v1.36.3 ends=2027-01-01T00:00:00Z due=2026-07-01T00:00:00Z",
  );
  assert.equal(textOf({ node }), "3 applied agent=0.1.0 kubernetes=v1.35.9");
});

test("every word is read back as it was said, and nothing else is", () => {
  const generation = fc.integer({ min: 1, max: 2 ** 40 });
  const outcome = fc.constantFrom("applied" as const, "rolled-back" as const, { refused: "SEALED_OLDER" });
  const word = fc.stringMatching(/^[!-~]{1,64}$/);
  const told = { generation, outcome, agent: word, etcd: word, kubernetes: word, ends: word, due: word };
  fc.assert(
    fc.property(
      fc.record(told, { noNullPrototype: true, requiredKeys: ["generation", "outcome"] }),
      fc.option(fc.string(), { nil: undefined }),
      (said, key) => {
        const text = acknowledgementText(said, key);
        assert.deepEqual(acknowledgementIn(text), said);
        assert.equal(isProvenText(text, key ?? ""), key !== undefined);
        assert.ok(!isProvenText(text, `${key}.`));
        assert.ok(!isProvenText(`${text}0`, key ?? ""));
        assert.ok(
          !isProvenText(
            text.replace(/^[0-9]/, (digit) => String((Number(digit) % 9) + 1)),
            key ?? "",
          ),
        );
      },
    ),
  );
  assert.deepEqual(acknowledgementIn("3 applied mood=good agent=2"), { generation: 3, outcome: "applied", agent: "2" });
  for (const text of [
    "",
    "3",
    "3 Applied",
    "-3 applied",
    "03 applied",
    "3 applied\n",
    "3 applied agent",
    "3 applied  agent=1",
    `3 applied ${"a=b ".repeat(300)}c=d`,
    "3 refused:",
    `3 refused:${"A".repeat(50)}`,
  ])
    assert.equal(acknowledgementIn(text), undefined, JSON.stringify(text));
});
