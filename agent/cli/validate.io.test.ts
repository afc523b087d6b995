// What `validate` tells a program of a host config that it cannot even read.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { parseOptions } from "./options.ts";
import { validateCommand } from "./validate.ts";

/** What it printed before it ended, also with an error. */
async function printedBy(state: string, ...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const clock = new FakeClock({ auto: true });
  const command = validateCommand(
    parseOptions(["validate", "--state", state, ...args], {}),
    commandEnvironment({
      clock,
      engine: new FakeEngine({ clock }),
      print: (text) => printed.push(text),
      printError: () => undefined,
    }),
  );
  await command.catch(() => undefined);
  return printed.join("");
}

test("every host config that is not usable gives one JSON value with its problems", async (context) => {
  const root = temporaryRoot(context);
  writeFileSync(`${root}/empty`, "");
  writeFileSync(`${root}/latin`, Buffer.from([0x61, 0xe4]));
  writeFileSync(`${root}/half`, "half: [");

  for (const [file, told] of [
    [`${root}/none`, /there is no such file/],
    [root, /it is a directory/],
    [`${root}/latin`, /not UTF-8/],
    [`${root}/empty`, /the file is empty/],
    [`${root}/half`, /half/],
    ["-", /the file is empty/],
  ] as const) {
    const parsed: unknown = JSON.parse(await printedBy(root, "--json", "--config", file));

    assert.ok(typeof parsed === "object" && parsed !== null && "ok" in parsed && "problems" in parsed, file);
    assert.equal(parsed.ok, false, file);
    assert.match(JSON.stringify(parsed.problems), told, file);
  }
});
