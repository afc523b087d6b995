// The finished executable, run as a program: what only the packaging decides.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch } from "node:process";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";

import { buildProgram } from "./build.ts";
import { bundle, bundleEntry, programText, repository } from "./bundle.ts";
import { makeExecutable } from "./executable.ts";
import { nodeBinary } from "./node-binary.ts";
import { askedLibraries, systemLibraries, toldVersions } from "./testing/asked-libraries.ts";

const run = promisify(execFile);

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-executable-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Path of an executable of this text, without code caches. */
async function withoutCaches(t: TestContext, text: string): Promise<string> {
  const folder = await folderFor(t);
  const program = join(folder, "program.cjs");
  const output = join(folder, "program");
  await writeFile(program, text);
  assert.ok(arch === "x64" || arch === "arm64");
  await makeExecutable({ program, codeCaches: {}, node: await nodeBinary(arch), nodeOptions: [], arch, output });
  return output;
}

/** What it says on both streams, whatever the exit code. */
async function said(executable: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => execFile(executable, args, (_, stdout, stderr) => resolve(stdout + stderr)));
}

/** Commands by the code cache that the loader takes for them, and words of a function that each of them calls. */
const words = {
  agent: { version: "flexkube-agent", "commit nothing": "not an operation", nothing: "unknown command" },
  planner: { version: "flexkube-planner", nothing: "unknown command" },
} as const;

/** The same code with other words to say, which are as long. */
function shouting(program: keyof typeof words, text: string): string {
  return Object.values(words[program]).reduce((all, word) => all.replaceAll(word, word.toUpperCase()), text);
}

for (const program of ["agent", "planner", "provider"] as const)
  test(`the ${program}'s executable asks for glibc and libstdc++ of the versions that README and RELEASING name`, async () => {
    const documents = ["README.md", "RELEASING.md"].map(async (name) => readFile(join(repository, name), "utf8"));
    const [readme = "", releasing = ""] = await Promise.all(documents);
    assert.ok(arch === "x64" || arch === "arm64");

    const { newest, ...asked } = await askedLibraries(await buildProgram(program));

    assert.deepEqual(asked, systemLibraries(arch));
    for (const [kind, told] of Object.entries(toldVersions(readme, releasing)))
      for (const version of told) assert.equal(version, newest[kind], kind);
  });

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
    const intruder = join(await folderFor(t), "intruder.cjs");
    await writeFile(intruder, 'process.stdout.write("intruder\\n");');

    const { stdout } = await run(executable, ["version"], {
      env: { ...process.env, NODE_OPTIONS: `--require ${intruder}` },
    });

    assert.ok(!stdout.includes("intruder"), stdout);
  });

  test(`the ${program}'s executable runs the functions in its code caches, not their text`, async (t) => {
    const text = programText((await bundle(program)).text);
    const content = await readFile(await buildProgram(program));
    const copy = join(await folderFor(t), program);
    content.write(shouting(program, text), content.indexOf(text));
    await writeFile(copy, content, { mode: 0o755 });

    const lines = Object.entries(words[program]).map(async ([args, word]) => [word, await said(copy, args.split(" "))]);

    // V8 compares no more of the text than its length; of a cache that it refuses nothing would be left
    for (const [word = "", line = ""] of await Promise.all(lines)) assert.ok(line.includes(word), line);
  });

  test(`without code caches the ${program}'s executable compiles its text`, async (t) => {
    const executable = await withoutCaches(t, shouting(program, programText((await bundle(program)).text)));

    const lines = Object.entries(words[program]).map(async ([args, word]) => [
      word,
      await said(executable, args.split(" ")),
    ]);

    for (const [word = "", line = ""] of await Promise.all(lines))
      assert.ok(line.includes(word.toUpperCase()) && !line.includes(word), line);
  });
}

test("an uncaught error says where in the program it was", async (t) => {
  const executable = await withoutCaches(
    t,
    programText('function late() { throw Error("broken"); } setTimeout(late, 0);'),
  );

  const failure = run(executable, []);

  await assert.rejects(failure, { code: 1, stderr: /Error: broken\n +at Timeout\.late .*\(flexkube\.cjs:1:\d+\)/ });
});

test("the watchdog ends an executable that hangs, also as the first process of a container, and says why", async (t) => {
  const entry = join(await folderFor(t), "entry.ts");
  const watchdog = join(repository, "agent/watchdog/watchdog.ts");
  await writeFile(
    entry,
    `import { startWatchdog } from ${JSON.stringify(watchdog)};
startWatchdog({ limitMs: 1000, everyMs: 100 });
for (;;);
`,
  );
  const executable = await withoutCaches(t, programText((await bundleEntry(entry)).text));
  const timeout = 60_000;

  const plain = run(executable, [], { timeout });
  const first = run("unshare", ["--pid", "--fork", "--kill-child", executable], { timeout });

  await assert.rejects(plain, { killed: false, stderr: /the loop is overdue and shows no life/ });
  await assert.rejects(first, { killed: false, stderr: /the loop is overdue and shows no life/ });
});

test("a program in an executable cannot load a file of the host", async (t) => {
  const file = join(await folderFor(t), "file.cjs");
  await writeFile(file, 'process.stdout.write("loaded\\n");');
  const code =
    "for (const load of [require, (file) => import(file)]) new Promise((done) => done(load(process.argv[2])))";
  const executable = await withoutCaches(t, programText(`${code}.catch((error) => console.log(error.code));`));

  const { stdout } = await run(executable, [file]);

  assert.equal(stdout, "ERR_UNKNOWN_BUILTIN_MODULE\nERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING\n");
});

test("an executable whose code did not change is not made again", async () => {
  const executable = await buildProgram("agent");
  const before = await stat(executable);

  await buildProgram("agent");

  const after = await stat(executable);
  assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
});
