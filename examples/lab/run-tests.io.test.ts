// The runner of test files, as a process.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";

const runner = fileURLToPath(new URL("run-tests.ts", import.meta.url));

test("a run that is ended ends the tests that it began, and has failed", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-run-tests-"));
  t.after(async () => rm(directory, { recursive: true }));
  const pidFile = join(directory, "pid");
  const file = join(directory, "endless.test.ts");
  await writeFile(
    file,
    `import { renameSync, writeFileSync } from "node:fs";
import { test } from "node:test";
test("endless", () => new Promise(() => {
  setInterval(() => undefined, 1000);
  writeFileSync("${pidFile}.new", String(process.pid));
  renameSync("${pidFile}.new", "${pidFile}");
}));
`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const run = spawn(process.execPath, [runner, file], { env, stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => run.kill("SIGKILL"));
  const ended = once(run, "exit");
  await eventually(() => existsSync(pidFile), { what: "the test runs" });
  const pid = await readFile(pidFile, "utf8");

  run.kill("SIGTERM");

  assert.deepEqual(await ended, [1, null]);
  await eventually(() => !existsSync(`/proc/${pid}`), { what: "the test's process is gone" });
});
