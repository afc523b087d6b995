// A slip on the command line: which word, and which one was meant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSays } from "#agent/testing/agent-says.ts";

const slips: readonly (readonly [args: readonly string[], text: string])[] = [
  [["status", "--jsn"], "flexkube-agent: --jsn: unknown option (did you mean --json?)\nTry flexkube-agent --help.\n"],
  [["statsu"], "flexkube-agent: statsu: unknown command (did you mean status?)\nTry flexkube-agent --help.\n"],
  [["plan", "--verbose"], "flexkube-agent: --verbose: unknown option\nTry flexkube-agent --help.\n"],
];

for (const [args, text] of slips)
  test(`flexkube-agent ${args.join(" ")}`, async (context) => {
    assert.deepEqual(await agentSays(context).run(...args), { code: 64, text });
  });
