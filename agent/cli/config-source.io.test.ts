import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { getuid } from "node:process";
import { test } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { readConfigFile } from "./config-source.ts";

const isRoot = getuid?.() === 0;

test("a host config that is not there is nothing, and what is no text or no file is told", async (context) => {
  const root = temporaryRoot(context);
  writeFileSync(`${root}/latin`, Buffer.from([0x61, 0xe4]));

  assert.equal(await readConfigFile(`${root}/none`), undefined);
  await assert.rejects(readConfigFile(`${root}/latin`), (error) => isFlexkubeError(error, "CONFIG_UNREADABLE"));
  await assert.rejects(readConfigFile(root), /cannot be read/);
});

test("a link that leads out of what is mounted, or in a circle, is told with where it leads", async (context) => {
  const root = temporaryRoot(context);
  symlinkSync("/opt/secrets/host.yaml", `${root}/out`);
  symlinkSync("..data/host.yaml", `${root}/swapped`);
  symlinkSync("circle", `${root}/circle`);

  for (const [name, told] of [
    [
      "out",
      /a link to \/opt\/secrets\/host\.yaml, and nothing is seen there from here: copy the file itself, or mount/,
    ],
    ["swapped", /a link to \.\.data\/host\.yaml/],
    ["circle", /a link that leads to itself/],
  ] as const)
    await assert.rejects(
      readConfigFile(`${root}/${name}`),
      (error) => isFlexkubeError(error, "CONFIG_UNREADABLE") && told.test(error.details.reason),
      name,
    );
});

test(
  "who else may write the host config or its directory is told",
  { skip: !isRoot && "needs root" },
  async (context) => {
    const root = temporaryRoot(context);
    const file = `${root}/etc/host.yaml`;
    mkdirSync(`${root}/etc`, { mode: 0o700 });
    writeFileSync(file, "", { mode: 0o600 });
    const warningsOf = async (): Promise<readonly string[]> => (await readConfigFile(file))?.warnings ?? [];

    assert.deepEqual(await warningsOf(), []);
    chmodSync(file, 0o666);
    assert.match((await warningsOf()).join(), /host\.yaml: group 0 and everybody may write it/);
    chmodSync(file, 0o664);
    chownSync(file, 1000, 1000);
    assert.match((await warningsOf()).join(), /host\.yaml: user 1000, who owns it, and group 1000 may write it/);
    chownSync(file, 0, 0);
    chmodSync(file, 0o640);
    chownSync(`${root}/etc`, 1000, 0);
    assert.match((await warningsOf()).join(), /etc\/: user 1000, who owns it, may write it/);
  },
);

test(
  "a host config is read through the root of a process with other mounts",
  { skip: !isRoot && "needs root" },
  async (context) => {
    const script = "mount -t tmpfs -o mode=0755 none /mnt && echo 'kind: Host' >/mnt/host.yaml && echo ready && cat";
    const other = spawn("unshare", ["--mount", "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const exit = once(other, "exit");
    context.after(async () => {
      other.stdin.end();
      await exit;
    });
    await once(other.stdout, "data");

    const found = await readConfigFile(`/proc/${other.pid}/root/mnt/host.yaml`);

    assert.equal(found?.text, "kind: Host\n");
  },
);

test("who may change where a link leads is told", { skip: !isRoot && "needs root" }, async (context) => {
  const root = temporaryRoot(context);
  for (const each of ["etc", "etc/versions", "etc/versions/7"]) mkdirSync(`${root}/${each}`, { mode: 0o700 });
  writeFileSync(`${root}/etc/versions/7/host.yaml`, "", { mode: 0o600 });
  symlinkSync("versions/7/host.yaml", `${root}/etc/host.yaml`);
  const warningsOf = async (): Promise<string> =>
    ((await readConfigFile(`${root}/etc/host.yaml`))?.warnings ?? []).join();

  assert.equal(await warningsOf(), "");
  chmodSync(`${root}/etc/versions/7`, 0o770);
  assert.match(await warningsOf(), /versions\/7\/: group 0 may write it/);
  chmodSync(`${root}/etc/versions/7`, 0o700);
  chownSync(`${root}/etc/versions`, 1000, 0);
  assert.match(await warningsOf(), /versions\/: user 1000, who owns it, may write it/);
});
