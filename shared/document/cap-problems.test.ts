// However much is wrong, it is told at once and in reading's length.
import assert from "node:assert/strict";
import { test } from "node:test";
import { threadTime } from "#lab/processor-time.ts";
import { mostProblems } from "./cap-problems.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";

const head = "apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n";
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
const many = 20_000;

for (const [what, text] of [
  ["unknown keys", `${head}${lines(many, (index) => `k${index}: 1`)}`],
  ["duplicate keys", `${head}${lines(many, () => "host: h1")}`],
  ["values of a wrong type", `${head}containers:\n${lines(many, (index) => `  c${index}: 1`)}`],
  ["keys that are no names", `${head}containers:\n${lines(many, (index) => `  C_${index}: {image: a}`)}`],
] as const)
  test(`${many} ${what}: the first ones, and how many more, in a time that grows with the length`, () => {
    const spent = threadTime();

    const parsed = parseHostConfig(text, "host.yaml");

    assert.ok(!parsed.ok);
    assert.ok(parsed.problems.length <= mostProblems + 1, String(parsed.problems.length));
    assert.match(parsed.problems.at(-1)?.problem ?? "", /^and [0-9]+ more problems$/);
    // some 0.3 s on an idle machine; where each problem costs as much as there are keys it is a minute
    assert.ok(spent() < 15_000);
  });

const crowd = 150_000;
const args = (count: number, word: (index: number) => string): string =>
  `${head}containers:\n  web:\n    image: a\n    args:\n${lines(count, (index) => `    - ${word(index)}`)}`;

test("more problems than the schema's library can gather: the first ones, and that there are more", () => {
  const parsed = parseHostConfig(args(crowd, String), "host.yaml");

  assert.ok(!parsed.ok);
  const told = parsed.problems.map(({ path, problem }) => `${path}: ${problem}`);
  assert.equal(told.length, 41);
  assert.match(told[0] ?? "", /^: there are too many problems to count/);
  assert.match(told[40] ?? "", /args\[39\]: expected text, found a number/);
});

test("where the first ones of each list are right, it is told that further ones are not", () => {
  const parsed = parseHostConfig(
    args(crowd, (index) => (index < 100 ? "a" : "1")),
    "host.yaml",
  );

  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map(({ problem }) => problem),
    ["there are too many problems to count: these are of the first 40 of each list and map"],
  );
});
