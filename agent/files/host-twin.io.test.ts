import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { chdir, cwd, getuid } from "node:process";
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
  const look = createHostTwin(`${own}/host.yaml`, host);
  const foreign = createHostTwin(`${root}/host.yaml`, host);

  assert.equal(await look(), undefined);
  unlinkSync(`${host}${own}`);
  assert.match((await look()) ?? "", /another directory than before.*restart the agent's container/);
  mkdirSync(`${host}${own}`);
  assert.match((await look()) ?? "", /another directory than before/);
  assert.equal(await foreign(), undefined);
});

test(
  "a file over which the host has mounted another one is told; one that comes, goes or is replaced is not",
  { skip: getuid?.() !== 0 && "needs root" },
  async (context) => {
    const root = temporaryRoot(context);
    const file = `${root}/host.yaml`;
    const script = `echo ready; read go; mount --bind ${root}/other ${file}; echo done; cat`;
    const host = spawn("unshare", ["--mount", "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const exit = once(host, "exit");
    context.after(async () => {
      host.stdin.end();
      await exit;
    });
    await once(host.stdout, "data");
    const look = createHostTwin(file, `/proc/${host.pid}/root`);

    assert.equal(await look(), undefined);
    symlinkSync("..data/host.yaml", file);
    assert.equal(await look(), undefined);
    unlinkSync(file);
    for (const path of [file, `${root}/other`]) writeFileSync(path, "");
    assert.equal(await look(), undefined);

    host.stdin.write("go\n");
    await once(host.stdout, "data");
    assert.match((await look()) ?? "", /another file is mounted over .*host\.yaml on the host.*restart/);
    // who began with two has been given them
    assert.equal(await createHostTwin(file, `/proc/${host.pid}/root`)(), undefined);
  },
);

test("a directory that was removed under the container is told at first sight", async (context) => {
  const root = temporaryRoot(context);
  const before = cwd();
  mkdirSync(`${root}/gone`);
  chdir(`${root}/gone`);
  try {
    assert.equal(await notSeenAt("."), undefined);
    rmdirSync(`${root}/gone`);

    assert.match((await notSeenAt(".")) ?? "", /was removed on the host/);
    assert.match((await createHostTwin("./host.yaml", root)()) ?? "", /was removed on the host/);
  } finally {
    chdir(before);
  }
});
