// The top README holds only what is true: its planner commands run as they stand, its docker line is the tested one,
// its table of codes is the code's.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readCommands } from "#lab/read-commands.ts";
import { tryCommand } from "#lab/run-command.ts";
import { exitCodeOf, FlexkubeError } from "#shared/errors.ts";

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
      "flexkube-planner diff: 0",
    ],
  );
});

test("the docker line of the README is the one that the delivery example's test types", async () => {
  const line = (await readCommands(readme, "Five minutes on your own hosts")).match(
    /^docker run [^]*?flexkube-agent:0\.1\.0 run --host h1$/m,
  )?.[0];

  const delivery = await readCommands(`${project}examples/delivery/README.md`, "Copied to the host");
  assert.equal(`${line}\n`, delivery.replace("--host box1", "--host h1"));
});

test("the README's table of exit codes names every error code at its exit code", async () => {
  const text = await readFile(readme, "utf8");
  const source = await readFile(`${project}shared/errors.ts`, "utf8");
  const codes = [...source.matchAll(/^ {2}([A-Z]+_[A-Z_]+): /gm)].map(([, code = ""]) => code);
  const row = (exit: number): string => new RegExp(`^\\| ${exit} \\|.*$`, "m").exec(text)?.[0] ?? "";

  for (const code of codes) {
    // any code: the names were read from the table of codes, and the details do not matter here
    const error = new FlexkubeError(code as "INTERNAL_BUG", "", { reason: "" });
    assert.ok(row(exitCodeOf(error)).includes(`\`${code}\``), code);
  }
  assert.ok(codes.length > 15);
});

test("every error code is one that something of ours ends with", async () => {
  const source = await readFile(`${project}shared/errors.ts`, "utf8");
  const codes = [...source.matchAll(/^ {2}([A-Z]+_[A-Z_]+): /gm)].map(([, code = ""]) => code);
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
