// What the planner reads and where it writes, on a real disk: nothing that blocks, and no end without a word.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isFlexkubeError } from "#shared/errors.ts";
import { diskPkiIo } from "#planner/pki/pki-io.ts";
import { diskFileIo } from "./disk-file-io.ts";
import { inWords } from "./reason-of.ts";
import { makeDirectories } from "#shared/disk/make-directories.ts";

function temporaryRoot(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "flexkube-test-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

test("whatever is no regular file, or far too large, is refused at once by name", async (context) => {
  const root = temporaryRoot(context);
  execFileSync("mkfifo", [`${root}/fifo`]);
  symlinkSync("loop", `${root}/loop`);
  writeFileSync(`${root}/huge`, "");
  truncateSync(`${root}/huge`, 5_000_000_000);
  writeFileSync(`${root}/file`, "text");

  for (const [path, told] of [
    [`${root}/fifo`, /a FIFO/],
    ["/dev/zero", /a device/],
    [root, /a directory/],
    [`${root}/loop`, /links lead in a circle \(ELOOP\)/],
    [`${root}/file/x`, /no directory \(ENOTDIR\)/],
    [`${root}/huge`, /larger than 64 MiB/],
  ] as const) {
    await assert.rejects(
      diskFileIo().readFile(path),
      (error) => isFlexkubeError(error, "FILES_UNREADABLE") && told.test(inWords(error.details.reason)),
    );
    if (path !== `${root}/huge`)
      await assert.rejects(
        diskFileIo().readPieces(path, () => assert.fail("it was read")),
        (error) => isFlexkubeError(error, "FILES_UNREADABLE") && told.test(inWords(error.details.reason)),
      );
    await assert.rejects(
      diskPkiIo().readFile(path),
      (error) => isFlexkubeError(error, "PKI_UNREADABLE") && told.test(inWords(error.details.reason)),
    );
  }
  assert.equal(await diskFileIo().readFile(`${root}/none`), undefined);
  assert.equal(Buffer.from((await diskFileIo().readFile(`${root}/file`))?.bytes ?? []).toString(), "text");
});

test("directories are made with their parents, and where none can be made that is told at once", async (context) => {
  const root = temporaryRoot(context);

  assert.equal(await makeDirectories(`${root}/a/b/c`, 0o700), `${root}/a`);
  assert.equal(await makeDirectories(`${root}/a/b/c`, 0o755), undefined);

  assert.equal(statSync(`${root}/a/b`).mode & 0o777, 0o700);
  for (const path of ["/proc/none", "/proc/none/deeper"]) {
    await assert.rejects(diskFileIo().makeDirectory(path, 0o700), (error) =>
      isFlexkubeError(error, "FILES_UNWRITABLE"),
    );
    await assert.rejects(diskPkiIo().makeDirectory(path, 0o700), (error) => isFlexkubeError(error, "PKI_UNWRITABLE"));
  }
  writeFileSync(`${root}/file`, "");
  await assert.rejects(diskFileIo().makeDirectory(`${root}/file`, 0o700), /cannot be written/);
});

test("a file of any size is read in pieces, and one that grows meanwhile has an end", async (context) => {
  const file = `${temporaryRoot(context)}/large`;
  writeFileSync(file, Buffer.alloc(3_000_000, "x"));
  let bytes = 0;
  let sizes = new Set<number>();
  const take = (piece: Uint8Array, size: number): void => {
    bytes += piece.length;
    sizes.add(size);
  };

  assert.equal(await diskFileIo().readPieces(file, take), true);
  assert.deepEqual([bytes, [...sizes]], [3_000_000, [3_000_000]]);
  assert.equal(await diskFileIo().readPieces(`${file}-none`, take), false);

  [bytes, sizes] = [0, new Set()];
  await diskFileIo().readPieces(file, (piece, size) => {
    take(piece, size);
    appendFileSync(file, Buffer.alloc(2_000_000));
  });
  assert.ok(bytes > 3_000_000 && bytes < 6_000_000, String(bytes));
});
