import assert from "node:assert/strict";
import { mkdirSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { chdir, cwd } from "node:process";
import { test } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { createHostTwin, notSeenAt } from "./host-twin.ts";

test("a directory of the host that was moved, or is another one now, is told; what was never the same is not", async (context) => {
  const root = temporaryRoot(context);
  const own = `${root}/own`;
  mkdirSync(own);
  const host = `${root}/host`;
  mkdirSync(`${host}${root}`, { recursive: true });
  // stands for the same directory mounted twice
  symlinkSync(own, `${host}${own}`);
  const look = createHostTwin(own, host);
  const foreign = createHostTwin(root, host);

  assert.equal(await look(), undefined);
  unlinkSync(`${host}${own}`);
  assert.match((await look()) ?? "", /another directory than before.*restart the agent's container/);
  mkdirSync(`${host}${own}`);
  assert.match((await look()) ?? "", /another directory than before/);
  assert.equal(await foreign(), undefined);
});

test("a directory that was removed under the container is told at first sight", async (context) => {
  const root = temporaryRoot(context);
  const before = cwd();
  mkdirSync(`${root}/gone`);
  chdir(`${root}/gone`);
  try {
    assert.equal(await notSeenAt("."), undefined);
    rmdirSync(`${root}/gone`);

    assert.match((await notSeenAt(".")) ?? "", /was removed on the host/);
    assert.match((await createHostTwin(".", root)()) ?? "", /was removed on the host/);
  } finally {
    chdir(before);
  }
});
