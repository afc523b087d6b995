import assert from "node:assert/strict";
import { test } from "node:test";
import { argumentFault, orKnown } from "./argument-fault.ts";

const options = {
  help: { type: "boolean", short: "h" },
  config: { type: "string", short: "c" },
  json: { type: "boolean" },
} as const;

for (const [args, argument, reason] of [
  [["status", "--jsn"], "--jsn", "unknown option (did you mean --json?)"],
  [["--jsn=1"], "--jsn", "unknown option (did you mean --json?)"],
  [["--whatever-else"], "--whatever-else", "unknown option"],
  [["-x"], "-x", "unknown option"],
  [["--"], undefined, undefined],
  [["--json=yes"], "--json", "this option takes no value"],
  [["-hx"], "-h", "this option takes no value"],
  [["--config"], "--config", "a value is missing"],
  [["--config", "--json"], "--config", "a value is missing"],
  [["--config", "-", "--json"], undefined, undefined],
  [["--config=a", "-c", "b", "-cb", "--json", "-h"], undefined, undefined],
  [["--config", "a", "--", "--jsn"], undefined, undefined],
  [["--__proto__"], "--__proto__", "unknown option"],
] as const)
  test(`${args.join(" ")}: ${reason ?? "nothing is wrong"}`, () => {
    assert.deepEqual(argumentFault(args, options), reason && { argument, reason });
  });

test("an unknown word is followed by the nearest, else by all", () => {
  assert.equal(orKnown("spilt", ["split", "diff"]), " (did you mean split?)");
  assert.equal(orKnown("x", ["split", "diff"]), "; known are split, diff");
});
