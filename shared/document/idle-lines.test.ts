import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { withoutIdleLines } from "./idle-lines.ts";
import { parseYaml } from "./parse-yaml.ts";

const linesIn = (text: string): number => text.split("\n").length;
const idle = ["\n", "\r\n", "  \n", "\t\n", "#\n", "# a\n"];

test("a long run of blank lines and comments is one comment, and everything stays at its place", () => {
  for (const line of idle) {
    const text = `a: 1\n${line.repeat(7000)}b: 2\n${line.repeat(7000)}`;

    const short = withoutIdleLines(text);

    assert.equal(short.length, text.length, JSON.stringify(line));
    assert.equal(short.indexOf("b: 2"), text.indexOf("b: 2"));
    assert.equal(linesIn(short), 5, JSON.stringify(line));
  }
});

test("a problem behind such a run is told at its line", () => {
  const { problems } = parseYaml(`a: 1\n${"\n".repeat(7000)}b: 2\nb: 3\n`, "f.yaml");

  assert.deepEqual(
    problems.map(({ line, column }) => [line, column]),
    [[7003, 1]],
  );
});

test("nothing that is a part of a text is taken away", () => {
  const run = "\n".repeat(200);
  for (const text of [
    `a: |\n  b\n${run}  c\nd: 1\n`,
    `a: |\n  b\n${run}`,
    `a: |\n  b\n${run}d: 1\n`,
    `a: |-\n  b\n${run}d: 1\n`,
    `a: |+\n  b\n${run}d: 1\n`,
    `a: >2+\n   b\n${run}d: 1\n`,
    `a: "b\n${run}  c"\n`,
    `a: b\n${run}  c\n`,
    `a: |\n${"  # b\n".repeat(200)}c: 1\n`,
    `a:\n${run}  b: 1\n${"# c\n".repeat(200)}  d: 1\n`,
    `a: [1,\n${run}  2]\n`,
  ])
    assert.deepEqual(
      parse(withoutIdleLines(text), { strict: false }),
      parse(text, { strict: false }),
      JSON.stringify(text.slice(0, 20)),
    );
});
