// What a code cache holds, seen by what V8 makes of it. Starts the Node that goes into executables.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

test("two caches of the same work are the same bytes", async (t) => {
  const code = `${says("warm")} const late = new Map(); for (let i = 0; i < 2e5; i++) late.set("k" + i, { i }); setTimeout(() => late.forEach(({ i }) => i + 1), 20);`;
  const [one, other] = await Promise.all([filesFor(t, code), filesFor(t, code)]);
  const made = await Promise.all([warmUp("planner", one), warmUp("planner", other)]);
  const [first, second] = await Promise.all(made.map(async (caches) => readFile(caches["code-cache"] ?? "")));

  assert.ok(second !== undefined && first?.equals(second) === true);
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

test("the agent's is made with a host config", async (t) => {
  const files = await filesFor(t, 'process.exitCode = process.argv[2] === "validate" ? 65 : 0;');

  await assert.rejects(warmUp("agent", files), /validate --config hosts\/h1.yaml: exit code 65, not 0/);
});
