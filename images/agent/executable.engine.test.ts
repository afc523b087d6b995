// The finished executable, run as a program: what only the packaging decides.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { buildProgram } from "./build.ts";
import { repository } from "./bundle.ts";

const run = promisify(execFile);

for (const program of ["agent", "planner"] as const) {
  test(`the ${program}'s executable says its version`, async () => {
    const executable = await buildProgram(program);
    const manifest: unknown = JSON.parse(await readFile(join(repository, "package.json"), "utf8"));
    assert.ok(typeof manifest === "object" && manifest !== null && "version" in manifest);

    const { stdout } = await run(executable, ["version"]);

    assert.ok(stdout.includes(String(manifest.version)), stdout);
  });

  test(`the ${program}'s executable takes no code from NODE_OPTIONS`, async (t) => {
    const executable = await buildProgram(program);
    const folder = await mkdtemp(join(tmpdir(), "flexkube-executable-"));
    t.after(() => rm(folder, { recursive: true }));
    const intruder = join(folder, "intruder.cjs");
    await writeFile(intruder, 'process.stdout.write("intruder\\n");');

    const { stdout } = await run(executable, ["version"], {
      env: { ...process.env, NODE_OPTIONS: `--require ${intruder}` },
    });

    assert.ok(!stdout.includes("intruder"), stdout);
  });
}

test("an executable whose code did not change is not made again", async () => {
  const executable = await buildProgram("agent");
  const before = await stat(executable);

  await buildProgram("agent");

  const after = await stat(executable);
  assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
});
