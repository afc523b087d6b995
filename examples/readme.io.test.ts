// The top README holds only what is true: its planner commands run as they stand, its docker line is the tested one,
// its table of codes is the code's.
import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { agentUnit } from "#planner/boot/agent-unit.ts";
import { dockerRun } from "#planner/boot/docker-run.ts";
import { unitCommands } from "#planner/boot/testing/unit-commands.ts";
import { readCommands, readPlannerCommands } from "#lab/read-commands.ts";
import { tryCommand } from "#lab/run-command.ts";
import { exitCodeByError } from "#shared/errors.ts";
import { version } from "#shared/version.ts";

const project = fileURLToPath(new URL("../", import.meta.url));
const readme = `${project}README.md`;
const directory = await mkdtemp(join(tmpdir(), "flexkube-readme-"));

after(async () => rm(directory, { recursive: true, force: true }));

test("the planner commands of the README run in their order", async () => {
  const lines = (await readCommands(readme, "Five minutes on your own hosts"))
    .split("\n")
    .filter((line) => line.startsWith("flexkube-planner"));
  const [node, main] = [`${project}node_modules/.bin/node`, `${project}planner/main.ts`];

  const codes: number[] = [];
  for (const line of lines)
    codes.push((await tryCommand(["env", "-C", directory, node, main, ...line.split(" ").slice(1)])).exitCode);

  assert.deepEqual(
    lines.map((line, index) => `${line}: ${codes[index]}`),
    [
      "flexkube-planner init: 0",
      "flexkube-planner validate: 0",
      "flexkube-planner split: 0",
      "flexkube-planner split --bootstrapped: 0",
      "flexkube-planner kubeconfig --out admin.kubeconfig: 0",
      "flexkube-planner diff: 0",
    ],
  );
});

test("the commands for boot documents run after them", async () => {
  const commands = await readPlannerCommands(`${project}examples/delivery/README.md`, "At a machine's first boot");
  const [node, main] = [`${project}node_modules/.bin/node`, `${project}planner/main.ts`];

  const codes: number[] = [];
  for (const args of commands) codes.push((await tryCommand(["env", "-C", directory, node, main, ...args])).exitCode);

  assert.deepEqual(codes, [0, 0]);
  assert.deepEqual(globSync("boot/*/*", { cwd: directory }).toSorted(), [
    "boot/h1/user-data.gz",
    "boot/h2/user-data.gz",
    "boot/h3/user-data.gz",
  ]);
});

test("the docker line of the README is the one of the units, the lab and the delivery example", async () => {
  const line = (await readCommands(readme, "Five minutes on your own hosts")).match(
    /^docker run [^]*?flexkube-agent:0\.1\.0 run --host h1$/m,
  )?.[0];

  const delivery = await readCommands(`${project}examples/delivery/README.md`, "Copied to the host");
  assert.equal(`${line}\n`, delivery.replace("--host box1", "--host h1"));
  const agent = { host: "h1", image: `flexkube-agent:${version}`, options: [] };
  const words = dockerRun(agent);
  assert.deepEqual(line?.replaceAll("\\\n", "").split(/\s+/), words);
  const [, , start = ""] = unitCommands(agentUnit(agent)).at(-1) ?? [];
  assert.ok(start.endsWith(`exec ${words.join(" ")}`), start);
});

test("the README's table of exit codes names every error code at its exit code", async () => {
  const text = await readFile(readme, "utf8");
  const row = (exit: number): string => new RegExp(`^\\| ${exit} \\|.*$`, "m").exec(text)?.[0] ?? "";

  for (const [code, exit] of Object.entries(exitCodeByError)) assert.ok(row(exit).includes(`\`${code}\``), code);
  const named = [...text.matchAll(/`((?:[A-Z]+_)+[A-Z]+)`/g)].map(([, code = ""]) => code);
  const codes = new Set(Object.keys(exitCodeByError));
  assert.deepEqual(
    named.filter(
      (code) =>
        /^(?:CONFIG|SEALED|PKI|ENGINE|ETCD|KUBERNETES|FILES|PLAN|STEP|INTERNAL)_/.test(code) && !codes.has(code),
    ),
    [],
  );
});

test("every image of ours that a document names has the version of this tree", async () => {
  const documents = globSync("{*.md,Dockerfile,{shared,planner,agent,images,examples}/**/*.md}", { cwd: project });
  const others: string[] = [];
  for (const document of documents) {
    const text = await readFile(`${project}${document}`, "utf8");
    for (const [name, found] of text.matchAll(/flexkube-(?:agent|planner):(\d[\w.-]*\w)/g))
      if (found !== version) others.push(`${document}: ${name}`);
  }

  assert.deepEqual(others, []);
});

test("no document or source cites what is not in this repository", async () => {
  const files = globSync("{*.md,{shared,planner,agent,images,examples}/**/*.{ts,md}}", { cwd: project });
  const cited: string[] = [];
  for (const file of files.filter((name) => name !== "examples/readme.io.test.ts")) {
    const text = await readFile(`${project}${file}`, "utf8");
    for (const [name] of text.matchAll(/\b[A-Z][A-Z_]{4,}\.md\b/g))
      if (!existsSync(`${project}${name}`)) cited.push(`${file}: ${name}`);
  }

  assert.deepEqual(cited, []);
});

test("every error code is one that something of ours ends with", async () => {
  const codes = Object.keys(exitCodeByError);
  const files = globSync("{shared,planner,agent}/**/*.ts", { cwd: project }).filter(
    (path) => !/\.test\.ts$|testing\/|^shared\/errors\.ts$/.test(path),
  );
  const texts = await Promise.all(files.map(async (path) => readFile(`${project}${path}`, "utf8")));

  const unused = codes.filter((code) => !texts.some((text) => text.includes(`"${code}"`)));

  assert.ok(codes.length > 15);
  assert.deepEqual(unused, []);
});

test("every test that a promise of the README names is there", async () => {
  const text = await readFile(readme, "utf8");
  const table = /^\| promise \|[^]*?\n\n/m.exec(text)?.[0] ?? "";
  const named = [...table.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path = ""]) => path);

  assert.ok(named.length > 20, table);
  for (const path of named) {
    const found = globSync(path, { cwd: project });
    assert.notDeepEqual(found, [], path);
  }
});
