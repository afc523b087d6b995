// Whatever a text of some megabytes is made of: its cost grows with its length, and what would not fit is refused before it is parsed.
import assert from "node:assert/strict";
import { cpuUsage } from "node:process";
import { test } from "node:test";
import { mostProblems } from "./cap-problems.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { excessOf, mostAliases, mostWords } from "./yaml-excess.ts";

const head = "apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n";
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");

test("a word on each of half a million lines, comments and block text aside, is too many", () => {
  const text = `${"# a comment\n".repeat(100_000)}${"- a\n".repeat(mostWords / 2 + 1)}`;

  assert.deepEqual(excessOf(text), {
    problem: "the document has more than 1,000,000 keys, values and signs",
    hint: "is this the right file? ten thousand hosts need less than half of that",
    line: 600_001,
    column: 1,
  });
  assert.equal(excessOf(`x: |\n${"  - {[%* a\n".repeat(mostWords)}`), undefined);
});

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["600,000 unknown keys", head + lines(600_000, (index) => `k${index}: 1`), /more than 1,000,000 keys/],
  ["a list of a million on one line", `${head}x: [${"1,".repeat(1_000_000)}1]\n`, /more than 1,000,000 keys/],
  ["brackets that open and open", `${head}x: ${"[".repeat(1_000_000)}\n`, /nested too deeply/],
  ["maps that open and open", `${head}x: ${"{a: ".repeat(1_000_000)}\n`, /nested too deeply/],
  ["items of items on one line", `${head}x:\n${"- ".repeat(1_000_000)}\n`, /nested too deeply/],
  ["brackets that close nothing", head + "}".repeat(1_000_000), /brackets that close nothing/],
  ["colons without keys", head + ":\n".repeat(1_000_000), /colons without a key/],
  ["commas after nothing", `${head}x: [${",".repeat(1_000_000)}]\n`, /commas and quotes too many/],
  ["quotes and quotes", `${head}x: ${'"'.repeat(1_000_000)}\n`, /commas and quotes too many/],
  ["a quote on each line", `${head}${'"\n'.repeat(500_000)}`, /commas and quotes too many/],
  ["a single quote on each line", `${head}${"'\n".repeat(500_000)}`, /commas and quotes too many/],
  ["tabs as indentation", head + "\tx: 1\n".repeat(1_000_000), /tabs in the indentation/],
  ["aliases of one value", `${head}y: &a b\nx: [${"*a,".repeat(1_000_000)}1]\n`, /aliases/],
  [
    "aliases of many values",
    `${head}x:\n${lines(50_000, (index) => `- &a${index} 1`)}y:\n${lines(50_000, (index) => `- *a${index}`)}`,
    /aliases/,
  ],
  ["escapes that there are not", `${head}x: "${"\\q".repeat(1_000_000)}"\n`, /escapes that YAML does not know/],
  ["directives", `${"%FOO\n".repeat(200_000)}---\n${head}`, /lines with %/],
];

for (const [what, text, expected] of refused)
  test(`${what}: one problem, with its line`, () => {
    const parsed = parseHostConfig(text, "h1.yaml");

    assert.ok(!parsed.ok);
    assert.equal(parsed.problems.length, 1);
    assert.match(parsed.problems[0]?.problem ?? "", expected);
    assert.ok((parsed.problems[0]?.line ?? 0) > 0);
  });

test("some aliases, escapes, directives and nested lists are no excess", () => {
  const aliases = "*a,".repeat(mostAliases - 1);

  assert.equal(excessOf(`%YAML 1.2\n---\na: &a b\nx: [${aliases}1]\ny: "${"\\\\".repeat(10_000)}"\n`), undefined);
  assert.equal(excessOf(`x: ${"[".repeat(100)}${"]".repeat(100)}\n${"- - - a\n".repeat(1000)}`), undefined);
});

test("quoted keys and values, and empty values between brackets, are no excess", () => {
  const entries = lines(1000, (index) => `"k${index}": "v"`);

  assert.equal(excessOf(`${entries}'l':\n  - "a"\n  - 'b'\n`), undefined);
  assert.equal(excessOf(`x: {${'"a": "b", "c": , '.repeat(1000)}}\ny: [${'"a", '.repeat(1000)}]\n`), undefined);
});

test("JSON with tabs, and a tab after a value, are no excess", () => {
  assert.equal(
    excessOf(
      JSON.stringify(
        Array.from({ length: 1000 }, () => ({ a: { b: 1 } })),
        undefined,
        "\t",
      ),
    ),
    undefined,
  );
  assert.equal(excessOf("k:\tv\n\t\n- \tx\n".repeat(1000)), undefined);
});

test("plain text that begins like an alias or a directive is none", () => {
  assert.equal(excessOf(`x: |\n${"  *a\n".repeat(5000)}y: >\n${"  %a\n".repeat(5000)}`), undefined);
  assert.equal(excessOf(lines(5000, (index) => `k${index}: a*b`)), undefined);
});

const growing: readonly (readonly [string, (count: number) => string])[] = [
  ["unknown keys", (count) => head + lines(count, (index) => `k${index}: 1`)],
  ["comments", (count) => head + "# a comment of a line\n".repeat(count)],
  ["one key again and again", (count) => head + "host: h1\n".repeat(count)],
  ["containers that wait for the next", (count) => head + waiting(count)],
  ["containers that wait for nobody", (count) => head + waiting(count, (index) => `x-${index}`)],
  ["items that are aliases", (count) => `${head}x: &x {image: 1}\ncontainers:\n${aliased(count / 150)}`],
];

function waiting(count: number, other = (index: number) => `c-${index + 1}`): string {
  return `containers:\n${lines(count / 4, (index) => `  c-${index}: {image: a, dependsOn: [${other(index)}]}`)}`;
}

function aliased(count: number): string {
  return lines(count, (index) => `  c-${index}: *x`);
}

for (const [what, make] of growing)
  test(`${what}: four times as many cost less than ten times as much`, () => {
    cost(make(2000));

    const few = cost(make(3000));
    const many = cost(make(12_000));

    assert.ok(many < 10 * Math.max(few, 20), `${few} ms, then ${many} ms`);
  });

/** Milliseconds of CPU. */
function cost(text: string): number {
  const before = cpuUsage();
  const parsed = parseHostConfig(text, "h1.yaml");
  const { user, system } = cpuUsage(before);
  assert.ok(parsed.ok || parsed.problems.length <= 2 * mostProblems + 2);
  return (user + system) / 1000;
}
