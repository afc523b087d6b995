// The program as a process, on a real disk.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const program = join(import.meta.dirname, "../main.ts");

async function run(
  directory: string,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return runNode(directory, program, ...args);
}

async function runNode(
  directory: string,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...args], { cwd: directory }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

/** Path → mode and time of the last change. */
async function tree(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const facts = files.toSorted().map(async (file) => {
    const { mode, mtimeNs, ino } = await stat(file, { bigint: true });
    return [file.slice(directory.length + 1), `${(mode & 0o777n).toString(8)} ${mtimeNs} ${ino}`] as const;
  });
  return Object.fromEntries(await Promise.all(facts));
}

test("init, split, split again: files for their owner only, and the second time not one is touched", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-planner-"));
  t.after(() => rm(directory, { recursive: true }));

  assert.equal((await run(directory, "init")).code, 0);
  const first = await run(directory, "split");
  const before = await tree(directory);
  const second = await run(directory, "split");

  assert.deepEqual([first.code, second.code], [0, 0], first.stderr + second.stderr);
  assert.deepEqual(await tree(directory), before);
  assert.ok(before["hosts/h1.yaml"]?.startsWith("600 "));
  assert.ok(before["pki/state.yaml"]?.startsWith("600 "));
  assert.equal((await stat(join(directory, "hosts"))).mode & 0o777, 0o700);
  assert.equal((await run(directory, "diff")).code, 0);
});

test("a command that issues no certificate does not load the library that encodes them", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-planner-"));
  t.after(() => rm(directory, { recursive: true }));
  const hook = `import { registerHooks } from "node:module";
    let found = "not loaded";
    const resolve = (name, context, next) => (name.startsWith("@peculiar/") && (found = "loaded"), next(name, context));
    registerHooks({ resolve });
    process.on("exit", () => process.stderr.write(found));`;
  const tell = `data:text/javascript,${encodeURIComponent(hook)}`;
  const loads = async (...args: readonly string[]): Promise<boolean> => {
    const { code, stderr } = await runNode(directory, "--import", tell, program, ...args);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /loaded$/);
    return !stderr.endsWith("not loaded");
  };
  await loads("init");

  assert.equal(await loads("version"), false);
  assert.equal(await loads("validate"), false);
  assert.equal(await loads("split"), true);
  assert.equal(await loads("split"), false);
});

test("what thousands of nodes must know of each other is kept once, not once a node", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-planner-"));
  t.after(() => rm(directory, { recursive: true }));
  const line = (index: number): string => `  node-number-${index}: { address: 10.1.${index >> 8}.${index & 255} }\n`;
  const hosts = Array.from({ length: 2500 }, (_, index) => line(index + 1)).join("");
  const sections = `network: { podCidr: 100.64.0.0/11 }\netcd: { hosts: node-number-1 }\nkubernetes: { version: 1.36.3 }
controlPlane: { hosts: node-number-1 }\nkubelets: { all: { hosts: all } }\n`;
  await writeFile(
    join(directory, "cluster.yaml"),
    `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${hosts}${sections}`,
  );

  const { code, stdout, stderr } = await runNode(directory, "--max-old-space-size=100", program, "validate");

  assert.equal(code, 0, stderr.slice(-2000));
  assert.match(stdout, /valid, 2500 hosts/);
});
