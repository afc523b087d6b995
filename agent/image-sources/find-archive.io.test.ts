import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { processTime } from "#lab/processor-time.ts";
import { pino } from "pino";
import { pack } from "tar-stream";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createPatience } from "#agent/files/patience.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { findArchive } from "./find-archive.ts";

type Item = { readonly name: string; readonly content: string | Buffer };

async function archive(items: readonly Item[]): Promise<Buffer> {
  const stream = pack();
  for (const { name, content } of items) stream.entry({ name }, content);
  stream.finalize();
  return buffer(stream);
}

function listing(...tags: readonly string[]): Item {
  return { name: "manifest.json", content: JSON.stringify([{ RepoTags: tags }]) };
}

const patience = createPatience({ clock: new FakeClock() });

/** The logger, and how often it was told of an archive that cannot be read. */
function counted() {
  const told: string[] = [];
  const log = pino({ level: "warn" }, { write: (line) => void told.push(line) });
  return { log, told };
}

test("the first manifest of an archive counts, and what comes behind it is not read", async (context) => {
  const directory = temporaryRoot(context);
  const { log } = counted();
  const filler = Buffer.alloc(4 * 1024 * 1024, 32);
  const bomb = Array.from({ length: 50 }, () => ({ name: "manifest.json", content: filler }));
  writeFileSync(`${directory}/a.tar.gz`, gzipSync(await archive([listing("x:1"), ...bomb]), { level: 1 }));
  writeFileSync(`${directory}/b.tar`, await archive([listing("x:2"), listing("x:1")]));
  const before = process.resourceUsage().maxRSS;

  assert.equal((await findArchive(directory, "x:1", { log, patience }))?.path, `${directory}/a.tar.gz`);
  assert.equal((await findArchive(directory, "x:2", { log, patience }))?.path, `${directory}/b.tar`);
  assert.equal(await findArchive(directory, "x:3", { log, patience }), undefined);

  assert.ok(process.resourceUsage().maxRSS - before < 200 * 1024);
});

test("a manifest that is read in several parts counts as a whole", async (context) => {
  const directory = temporaryRoot(context);
  const { log, told } = counted();
  const many = Array.from({ length: 20_000 }, (_, index) => `many:${index}`);
  writeFileSync(`${directory}/many.tar`, await archive([listing(...many, "y:1")]));

  assert.equal((await findArchive(directory, "y:1", { log, patience }))?.path, `${directory}/many.tar`);
  assert.deepEqual(told, []);
});

test("what cannot be read is told once, until it changes, and hides no other archive", async (context) => {
  const directory = temporaryRoot(context);
  const { log, told } = counted();
  execFileSync("mkfifo", [`${directory}/pipe.tar`]);
  writeFileSync(`${directory}/empty.tar`, await archive([]));
  writeFileSync(`${directory}/cut.tar.gz`, gzipSync(await archive([listing("y:1")])).subarray(0, 40));
  writeFileSync(`${directory}/list.tar`, await archive([{ name: "manifest.json", content: "{}" }]));
  writeFileSync(`${directory}/large.tar`, await archive([{ name: "manifest.json", content: Buffer.alloc(5_000_000) }]));
  writeFileSync(`${directory}/z.tar`, await archive([listing("z:1")]));

  assert.equal((await findArchive(directory, "z:1", { log, patience }))?.path, `${directory}/z.tar`);
  const first = told.length;
  assert.equal((await findArchive(directory, "z:1", { log, patience }))?.path, `${directory}/z.tar`);

  // the pipe is not opened, and told of again
  assert.deepEqual([first, told.length], [5, 6]);
});

test("what a disk failed to read is not held against the archive once it reads it", async (context) => {
  const directory = temporaryRoot(context);
  const { log, told } = counted();
  const path = `${directory}/late.tar`;
  mkdirSync(path); // it opens, and reading it fails
  // a disk that fails changes neither size nor time
  const known = statSync(import.meta.filename);
  const files = { readdir: async () => Promise.resolve(["late.tar"]), stat: async () => Promise.resolve(known) };

  assert.equal(await findArchive(directory, "y:1", { log, patience, files }), undefined);
  assert.match(told.join(""), /EISDIR/);
  rmdirSync(path);
  writeFileSync(path, await archive([listing("y:1")]));

  assert.equal((await findArchive(directory, "y:1", { log, patience, files }))?.path, path);
});

test("an archive that ends too early is told as that, wherever it ends", async (context) => {
  const whole = await archive([{ name: "layer", content: Buffer.alloc(2000) }, listing("y:1")]);
  for (const [length, packed] of [
    [700, false],
    [whole.indexOf("RepoTags") + 4, false],
    [60, true],
  ] as const) {
    const directory = temporaryRoot(context);
    const { log, told } = counted();
    writeFileSync(`${directory}/cut.tar`, (packed ? gzipSync(whole) : whole).subarray(0, length));

    await findArchive(directory, "y:1", { log, patience });

    assert.match(told.join(""), /"reason":"[Uu]nexpected end of (data|file)"/, `${length}`);
  }
});

test("a directory that does not answer is told and passed over, and not asked again meanwhile", async () => {
  const { log, told } = counted();
  let asked = 0;
  const files = {
    readdir: async () => {
      asked += 1;
      return new Promise<never>(() => undefined);
    },
    stat: async () => Promise.reject(new Error("not asked")),
  };
  const dead = { log, files, patience: createPatience({ clock: new FakeClock({ auto: true }) }) };

  assert.equal(await findArchive("/mnt/share", "x:1", dead), undefined);
  assert.equal(await findArchive("/mnt/share", "x:1", dead), undefined);

  assert.equal(asked, 1);
  assert.match(told[0] ?? "", /\/mnt\/share: its file system does not answer within 3 s/);
  assert.match(told[1] ?? "", /has not answered yet/);
});

test("an archive that does not answer is told, and those that were looked at count", async () => {
  const { log, told } = counted();
  const files = {
    readdir: async () => Promise.resolve(["a.tar", "b.tar"]),
    stat: async () => new Promise<never>(() => undefined),
  };

  const found = findArchive("/mnt/share", "x:1", {
    log,
    files,
    patience: createPatience({ clock: new FakeClock({ auto: true }) }),
  });

  assert.equal(await found, undefined);
  assert.equal(told.length, 2);
});

test("what an archive is packed by is told from its contents; what is not read is told", async (context) => {
  const directory = temporaryRoot(context);
  const { log, told } = counted();
  writeFileSync(`${directory}/a.tar`, gzipSync(await archive([listing("x:1")])));
  writeFileSync(`${directory}/b.tar.zst`, zstdCompressSync(await archive([listing("x:2")])));
  writeFileSync(`${directory}/c.tgz`, await archive([listing("x:3")]));
  writeFileSync(`${directory}/d.tar.xz`, Buffer.from("fd377a585a000004e6d6b446", "hex"));
  writeFileSync(`${directory}/e.tar.bz2`, Buffer.from("425a683931415926", "hex"));
  writeFileSync(`${directory}/f.tar`, "");
  const pathOf = async (image: string): Promise<string | undefined> =>
    (await findArchive(directory, image, { log, patience }))?.path.slice(directory.length + 1);

  assert.deepEqual([await pathOf("x:1"), await pathOf("x:2"), await pathOf("x:3")], ["a.tar", "b.tar.zst", "c.tgz"]);
  assert.equal(await pathOf("x:4"), undefined);

  assert.match(told.join(""), /d\.tar\.xz.*packed by xz; only tar, gzip and zstd are read/);
  assert.match(told.join(""), /e\.tar\.bz2.*packed by bzip2/);
});

test("a search ends with its signal, in the middle of a large archive too, and remembers nothing of that", async (context) => {
  const directory = temporaryRoot(context);
  const { log, told } = counted();
  const zeros = Array.from({ length: 60 }, (_, index) => ({ name: `${index}`, content: Buffer.alloc(1024 * 1024) }));
  writeFileSync(`${directory}/a.tar.gz`, gzipSync(await archive([...zeros, listing("x:1")]), { level: 1 }));
  const reason = new Error("SIGTERM");
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 20);
  const spent = processTime();

  await assert.rejects(findArchive(directory, "x:1", { log, patience, signal: stop.signal }), reason);

  assert.ok(spent() < 500);
  assert.equal((await findArchive(directory, "x:1", { log, patience }))?.path, `${directory}/a.tar.gz`);
  assert.deepEqual(told, []);
});
