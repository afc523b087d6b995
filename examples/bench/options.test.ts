import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "./options.ts";

const names = ["no-op", "split"];

test("without options all benchmarks run, as a table", () => {
  assert.deepEqual(parseOptions([], names), {
    ok: true,
    options: { help: false, json: false, only: undefined, rounds: undefined, megabytes: undefined },
  });
});

test("--only takes several names", () => {
  assert.deepEqual(parseOptions(["--only", "split,no-op", "--json", "--rounds", "3", "--megabytes", "20"], names), {
    ok: true,
    options: { help: false, json: true, only: ["split", "no-op"], rounds: 3, megabytes: 20 },
  });
});

test("what is not known is refused in words", () => {
  const problems = [["--only", "split,what"], ["--rounds", "0"], ["--fast"], ["split"], ["--megabytes", "1.5"]].map(
    (args) => {
      const parsed = parseOptions(args, names);
      return parsed.ok ? "" : parsed.problem;
    },
  );

  assert.equal(problems[0], "there is no benchmark 'what'; known are no-op, split");
  assert.equal(problems[1], "--rounds is a whole number from 1");
  assert.match(problems[2] ?? "", /--fast/);
  assert.match(problems[3] ?? "", /split/);
  assert.equal(problems[4], "--megabytes is a whole number from 1");
});
