// What a code cache holds, seen by what V8 makes of it. Starts the Node that goes into executables.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch } from "node:process";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";

import { programText } from "../bundle.ts";
import { nodeBinary } from "../node-binary.ts";
import { warmUp } from "./warm-up.ts";

const run = promisify(execFile);
const says = (word: string): string => `const say = () => process.stdout.write("${word}"); setTimeout(say, 0);`;

/** Says whether V8 takes the cache for the text. */
const ask = `
  const [, text, cache] = process.argv;
  const { readFileSync } = require("node:fs");
  const { Script } = require("node:vm");
  const script = new Script(readFileSync(text, "utf8"), { cachedData: readFileSync(cache) });
  process.stdout.write(script.cachedDataRejected ? "refused" : "taken");`;

async function filesFor(t: TestContext, code: string) {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-warm-up-test-"));
  t.after(() => rm(folder, { recursive: true }));
  assert.ok(arch === "x64" || arch === "arm64");
  const files = { node: await nodeBinary(arch), nodeOptions: [], text: join(folder, "program.cjs"), folder };
  await writeFile(files.text, programText(code));
  return files;
}

test("a cache is taken by the Node that has made it", async (t) => {
  const files = await filesFor(t, says("warm"));
  const { "code-cache": cache = "" } = await warmUp("planner", files);

  const { stdout } = await run(files.node, ["-e", ask, files.text, cache]);

  assert.equal(stdout, "taken");
});

test("a cache is refused by a Node with other flags of V8", async (t) => {
  const files = await filesFor(t, says("warm"));
  const { "code-cache": cache = "" } = await warmUp("planner", files);

  const { stdout } = await run(files.node, ["--no-opt", "-e", ask, files.text, cache]);

  assert.equal(stdout, "refused");
});

test("a cache holds functions that were called late in a run", async (t) => {
  const files = await filesFor(t, says("warm"));
  const { "code-cache": cache = "" } = await warmUp("planner", files);
  await writeFile(files.text, programText(says("cold")));

  const fillCache = join(import.meta.dirname, "fill-cache.ts");
  const { stdout } = await run(files.node, [fillCache, files.text, cache]);

  // V8 compares only the length of the text
  assert.equal(stdout, "warm");
});

test("a run that ends otherwise than it should ends the build with what the program said", async (t) => {
  const files = await filesFor(t, 'process.stderr.write("out of order"); process.exitCode = 3;');

  await assert.rejects(warmUp("planner", files), /version: exit code 3, not 0\nout of order/);
});

test("an agent's plan that has nothing to do is no typical work", async (t) => {
  const files = await filesFor(t, says("warm"));

  await assert.rejects(warmUp("agent", files), /plan .*: exit code 0, not 70\nwarm/);
});
