// A slip on the command line: which word, and which one was meant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const slips: readonly (readonly [args: readonly string[], text: string])[] = [
  [
    ["validate", "--jsn"],
    "flexkube-planner: --jsn: unknown option (did you mean --json?)\nTry flexkube-planner --help.\n",
  ],
  [["splt"], "flexkube-planner: splt: unknown command (did you mean split?)\nTry flexkube-planner --help.\n"],
  [
    ["diff", "--form=json"],
    "flexkube-planner: --form: unknown option (did you mean --from?)\nTry flexkube-planner --help.\n",
  ],
  [["--help", "splt"], "flexkube-planner: splt: unknown command (did you mean split?)\nTry flexkube-planner --help.\n"],
];

for (const [args, text] of slips)
  test(`flexkube-planner ${args.join(" ")}`, async () => {
    const { code, stderr } = await fakeMachine("").run(...args);
    assert.deepEqual({ code, text: stderr }, { code: 64, text });
  });
