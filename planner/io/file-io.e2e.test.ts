// The contract of FileIo on a real disk and in memory.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isFlexkubeError } from "#shared/errors.ts";
import { diskPkiIo } from "#planner/pki/pki-io.ts";
import { diskFileIo } from "./disk-file-io.ts";
import type { FileIo } from "./file-io.ts";
import { memoryFileIo } from "./memory-file-io.ts";

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-file-io-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

const kinds: Readonly<Record<string, () => FileIo>> = { disk: diskFileIo, memory: () => memoryFileIo() };

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: what was written is read, listed and removed`, async (t) => {
    const io = make();
    const directory = join(await scratch(t), "a", "b");
    const file = join(directory, "x.yaml");

    await io.makeDirectory(directory, 0o700);
    await io.makeDirectory(directory, 0o700);
    await io.writeFileAtomic(file, Buffer.from("one"), 0o644);
    await io.writeFileAtomic(file, Buffer.from("two"), 0o600);

    const found = await io.readFile(file);
    assert.deepEqual([Buffer.from(found?.bytes ?? "").toString(), found?.mode], ["two", 0o600]);
    assert.deepEqual(await io.list(directory), ["x.yaml"]);
    await io.remove(file);
    await io.remove(file);
    assert.equal(await io.readFile(file), undefined);
  });

  test(`${kind}: what is missing is no error, and nothing is written where no directory is`, async (t) => {
    const io = make();
    const directory = join(await scratch(t), "missing");

    assert.equal(await io.readFile(join(directory, "x")), undefined);
    assert.deepEqual(await io.list(directory), []);
    await assert.rejects(io.writeFileAtomic(join(directory, "x"), Buffer.from(""), 0o600), (error) =>
      isFlexkubeError(error, "FILES_UNWRITABLE"),
    );
  });
}

test("what cannot be put in its place leaves nothing beside it", async (t) => {
  const directory = await scratch(t);
  const io = diskFileIo();
  await io.makeDirectory(join(directory, "x"), 0o700);

  await assert.rejects(io.writeFileAtomic(join(directory, "x"), Buffer.from("secret"), 0o600));
  await assert.rejects(diskPkiIo().writeFileAtomic(join(directory, "x"), Buffer.from("secret"), 0o600));

  assert.deepEqual(await readdir(directory), ["x"]);
});

test("a leftover temporary file that others may read gets the right mode before its content", async (t) => {
  const directory = await scratch(t);
  await writeFile(join(directory, ".x.tmp"), "old", { mode: 0o644 });
  await chmod(join(directory, ".x.tmp"), 0o644);

  await diskFileIo().writeFileAtomic(join(directory, "x"), Buffer.from("new"), 0o600);

  assert.equal((await stat(join(directory, "x"))).mode & 0o777, 0o600);
  assert.deepEqual(await diskFileIo().list(directory), ["x"]);
});

test("a FIFO, and what else is no regular file, is never replaced, also behind a link", async (t) => {
  const directory = await scratch(t);
  const [fifo, link] = [join(directory, "fifo"), join(directory, "link")];
  execFileSync("mkfifo", [fifo]);
  await symlink("fifo", link);

  for (const path of [fifo, link])
    for (const io of [diskFileIo(), diskPkiIo()])
      await assert.rejects(io.writeFileAtomic(path, Buffer.from("secret"), 0o600), (error) => isFlexkubeError(error));

  assert.equal((await stat(link)).isFIFO(), true);
  assert.deepEqual(await readdir(directory), ["fifo", "link"]);
});

test("what cannot be read says why", async (t) => {
  const directory = await scratch(t);
  await symlink("loop", join(directory, "loop"));

  await assert.rejects(
    diskFileIo().readFile(join(directory, "loop")),
    (error) => isFlexkubeError(error, "FILES_UNREADABLE") && error.details.reason === "ELOOP",
  );
});

test("what others may read is made private, never through a link", async (t) => {
  const directory = await scratch(t);
  const [key, link] = [join(directory, "ca.key"), join(directory, "link")];
  await writeFile(key, "key");
  await symlink(key, link);
  await chmod(directory, 0o755);
  await chmod(key, 0o644);
  const io = diskFileIo();
  const uid = io.user;

  assert.deepEqual(await io.accessOf(directory), { mode: 0o755, uid, isDirectory: true });
  assert.deepEqual(await io.accessOf(link), { mode: 0o644, uid, isDirectory: false, isLink: true });
  await assert.rejects(io.makePrivate(link, { mode: 0o600, uid }), /a file cannot be written/);
  assert.equal((await io.accessOf(key))?.mode, 0o644);
  await io.makePrivate(key, { mode: 0o600, uid });
  await io.makePrivate(directory, { mode: 0o700, uid });
  assert.deepEqual([(await io.accessOf(key))?.mode, (await io.accessOf(directory))?.mode], [0o600, 0o700]);
});

test("what somebody put in the place of the temporary file is replaced, never written through", async (t) => {
  const directory = await scratch(t);
  const [elsewhere, mine, key] = ["elsewhere", "host.yaml", "ca.key"].map((name) => join(directory, name));
  assert.ok(elsewhere !== undefined && mine !== undefined && key !== undefined);
  await writeFile(elsewhere, "theirs");
  await symlink(elsewhere, join(directory, ".host.yaml.tmp"));
  await symlink(elsewhere, `${key}.tmp`);

  await diskFileIo().writeFileAtomic(mine, Buffer.from("secret"), 0o600);
  await diskPkiIo().writeFileAtomic(key, Buffer.from("secret"), 0o600);

  assert.equal(await readFile(elsewhere, "utf8"), "theirs");
  for (const path of [mine, key]) {
    const { mode } = await stat(path);
    assert.deepEqual([await readFile(path, "utf8"), mode & 0o777], ["secret", 0o600]);
  }
  assert.deepEqual(await readdir(directory), ["ca.key", "elsewhere", "host.yaml"]);
});
