// The house is as rooms.ts says: every folder is in its list, every glob of the linter matches something, and the linter sees a border.
import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tryCommand } from "#lab/run-command.ts";
import config from "../oxlint.config.ts";
import { agent, planner, shared } from "../rooms.ts";
import type { Room } from "../rooms.ts";

const project = fileURLToPath(new URL("../", import.meta.url));
const supports = /\/(?:testing|contract|fake|golden|scenarios)(?:\/|$)|^agent\/engine\/fake$/;
const lists: Readonly<Record<string, readonly Room[]>> = { shared, planner, agent };

for (const [top, rooms] of Object.entries(lists)) {
  test(`every folder of ${top} is a room with its place in the list`, () => {
    const files = globSync(`${top}/**/*.ts`, { cwd: project }).filter((file) => !file.endsWith(".test.ts"));
    const folders = new Set(files.map((file) => dirname(file)).filter((folder) => !supports.test(folder)));

    assert.deepEqual(rooms.map(({ folder }) => folder).toSorted(), [...folders].toSorted());
  });
}

test("a room of more than twenty files has a README that says why", () => {
  const crowded = Object.values(lists)
    .flat()
    .map(({ folder }) => folder)
    .filter(
      (folder) => globSync(`${folder}/*.ts`, { cwd: project }).filter((file) => !file.endsWith(".test.ts")).length > 20,
    );

  assert.deepEqual(
    crowded.filter((folder) => !existsSync(`${project}${folder}/README.md`)),
    [],
  );
});

test("every glob of the linter's rules matches a file", () => {
  const globs = (config.overrides ?? []).flatMap(({ files }) => files);
  assert.deepEqual(
    globs.filter((glob) => globSync(glob, { cwd: project }).length === 0),
    [],
  );
});

test("the linter refuses an import of a room that comes later, and a promise in a pure room", async () => {
  // a house of two files, so that nobody who reads this one meets them
  const house = mkdtempSync(join(tmpdir(), "flexkube-rooms-"));
  const files = {
    "planner/yaml/probe.ts": `import type { own } from "#planner/cluster/layers/own.ts";
export type Probe = typeof own;
export async function wait(): Promise<void> {
  await Promise.resolve();
}
`,
    "planner/cluster/layers/own.ts": "export const own = 1;\n",
  };
  try {
    for (const file of ["oxlint.config.ts", "rooms.ts", "package.json", "tsconfig.json"])
      copyFileSync(`${project}${file}`, join(house, file));
    symlinkSync(`${project}node_modules`, join(house, "node_modules"));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(house, dirname(file)), { recursive: true });
      writeFileSync(join(house, file), text);
    }

    const path = `PATH=${project}node_modules/.bin:/usr/bin:/bin`;
    const { exitCode, stdout } = await tryCommand(["env", "-C", house, path, "oxlint"]);

    assert.notEqual(exitCode, 0);
    assert.match(stdout, /planner\/yaml comes before it in rooms\.ts/);
    assert.match(stdout, /async is not allowed/);
  } finally {
    rmSync(house, { recursive: true });
  }
});
