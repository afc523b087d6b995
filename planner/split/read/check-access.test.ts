// Modes and owners of what the planner keeps: each kind of fault, told and, where it is ours, put right.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Access } from "#planner/io/file-io.ts";
import { memoryFileIo } from "#planner/io/memory-file-io.ts";
import { closeExposed, exposedWarnings, findExposed } from "./check-access.ts";

const user = 1000;
const directory = (mode: number, uid = user): Access => ({ mode, uid, isDirectory: true });
const file = (mode: number, uid = user): Access => ({ mode, uid, isDirectory: false });
const closed: Readonly<Record<string, Access>> = {
  work: directory(0o775),
  "work/cluster.yaml": file(0o664),
  "work/pki": directory(0o700),
  "work/pki/state.yaml": file(0o600),
  "work/hosts": directory(0o750),
  "work/hosts/h1.yaml": file(0o600),
};

async function look(change: Readonly<Record<string, Access>>, by = user) {
  const found = { ...closed, ...change };
  const closings: string[] = [];
  const files = {
    ...memoryFileIo(),
    user: by,
    accessOf: async (path: string) => Promise.resolve(found[path]),
    makePrivate: async (path: string, { mode, uid }: Pick<Access, "mode" | "uid">) => {
      closings.push(`${path} ${mode.toString(8)} ${uid}`);
      return Promise.resolve();
    },
  };
  const directories = { out: "work/hosts", pki: "work/pki" };
  const exposed = await findExposed([], { directories, file: "work/cluster.yaml", hosts: ["h1"] }, { files });
  await closeExposed(exposed, { files });
  const told = exposedWarnings(exposed).map((warning) => `${warning.file}: ${warning.problem}`);
  return { told, closings };
}

test("what only the user reads and changes is not told, nor what a group of his own may", async () => {
  assert.deepEqual(await look({}), { told: [], closings: [] });
});

const cases: readonly (readonly [string, Readonly<Record<string, Access>>, RegExp, readonly string[]])[] = [
  [
    "a group may read the state",
    { "work/pki/state.yaml": file(0o640) },
    /^work\/pki\/state\.yaml: it has mode 0640: others may read or change it$/,
    ["work/pki/state.yaml 600 1000"],
  ],
  ["a set-user-id bit", { "work/pki/state.yaml": file(0o4600) }, /has mode 04600/, ["work/pki/state.yaml 600 1000"]],
  [
    "a link to a key that all may read is told and left",
    { "work/pki/state.yaml": { ...file(0o644), isLink: true } },
    /^work\/pki\/state\.yaml: it is a link to what has mode 0644/,
    [],
  ],
  [
    "all may write where host configs are",
    { "work/hosts": directory(0o777) },
    /^work\/hosts: it has mode 0777: others may change it$/,
    ["work/hosts 755 1000"],
  ],
  ["a host config for all to read", { "work/hosts/h1.yaml": file(0o644) }, /0644/, ["work/hosts/h1.yaml 600 1000"]],
  ["somebody else's host config", { "work/hosts/h1.yaml": file(0o600, 7) }, /belongs to the user 7/, []],
  ["all may put another pki there", { work: directory(0o777) }, /^work: it has mode 0777: others may change it$/, []],
  ["all may write the cluster config", { "work/cluster.yaml": file(0o666) }, /^work\/cluster\.yaml: .* change it$/, []],
];
for (const [what, change, told, closings] of cases)
  test(`told: ${what}`, async () => {
    const seen = await look(change);

    assert.equal(seen.told.length, 1);
    assert.match(seen.told.join(), told);
    assert.deepEqual(seen.closings, closings);
  });

test("root takes what is a stranger's for whom the directory is", async () => {
  const change = { "work/hosts/h1.yaml": file(0o600, 7), "work/pki/state.yaml": file(0o600, 7) };

  const { told, closings } = await look(change, 0);

  assert.equal(told.length, 2);
  assert.deepEqual(closings, ["work/hosts/h1.yaml 600 1000", "work/pki/state.yaml 600 1000"]);
});

test("a directory such as /tmp is no way to somebody else's pki", async () => {
  assert.deepEqual((await look({ work: directory(0o1777) })).told, []);
});
