// As many operations as may hang leave threads for the others, in a process of its own: the pool is made once.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { execPath } from "node:process";
import { once } from "node:events";
import { test } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";

const module = new URL("thread-pool.ts", import.meta.url).href;
/** To open a pipe that nobody writes hangs for ever, as a dead mount does. */
const program = `
const { mostStuck, widenThreadPool } = await import(${JSON.stringify(module)});
widenThreadPool();
const { readFile, stat } = await import("node:fs/promises");
for (let n = 0; n < mostStuck; n++) void readFile(process.argv[1]);
await stat("/");
process.stdout.write("answers " + mostStuck);
await new Promise(() => undefined);`;

test("six operations that hang leave the others their answers", { timeout: 60_000 }, async (context) => {
  const pipe = `${temporaryRoot(context)}/pipe`;
  execFileSync("mkfifo", [pipe]);
  const child = spawn(execPath, ["--input-type=module", "--eval", program, pipe], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // threads that hang keep a process from its end
  context.after(() => child.kill("SIGKILL"));

  const [told] = (await once(child.stdout, "data")) as readonly unknown[];

  assert.equal(String(told), "answers 6");
});
