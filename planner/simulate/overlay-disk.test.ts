// The disk whose changes stay in memory behaves as a disk, and the one below it stays as it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { memoryFileIo } from "#planner/io/memory-file-io.ts";
import { memoryPkiIo } from "#planner/pki/memory-pki-io.ts";
import { oneDisk } from "#planner/pki/one-disk.ts";
import { overlayDisk } from "./overlay-disk.ts";

type Disk = Parameters<typeof overlayDisk>[0];

const names = ["d/a", "d/b", "d/e/c"] as const;
const path = fc.constantFrom(...names);
const act = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), path, text: fc.string({ maxLength: 4 }) }),
  fc.record({ kind: fc.constant("key" as const), path, text: fc.string({ maxLength: 4 }) }),
  fc.record({ kind: fc.constant("remove" as const), path }),
  fc.record({ kind: fc.constant("move" as const), path, to: path }),
);
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

/** One disk for files and keys. */
async function diskWith(
  there: readonly (readonly [string, string])[],
): Promise<Disk & { readonly all: () => unknown }> {
  const [files, pki] = [memoryFileIo(), memoryPkiIo()];
  for (const directory of ["d", "d/e"]) {
    await files.makeDirectory(directory, 0o700);
    await pki.makeDirectory(directory, 0o700);
  }
  for (const [name, text] of there) files.files.set(name, { bytes: Buffer.from(text), mode: 0o600 });
  const disk = oneDisk(files, { ...pki, files: files.files });
  return { files: disk, pki: { ...pki, ...pkiOn(files.files) }, all: () => structuredClone([...files.files]) };
}

/** The same map for both: what one writes the other reads. */
function pkiOn(files: Map<string, { readonly bytes: Uint8Array; readonly mode: number }>): Disk["pki"] {
  return {
    readFile: async (name) => Promise.resolve(files.get(name)?.bytes),
    writeFileAtomic: async (name, bytes, mode) => Promise.resolve(void files.set(name, { bytes, mode })),
    rename: async (from, to) => {
      const file = files.get(from);
      if (file !== undefined) files.set(to, file);
      files.delete(from);
      return Promise.resolve();
    },
    makeDirectory: async () => Promise.resolve(),
  };
}

async function perform({ files, pki }: Disk, one: Act): Promise<void> {
  if (one.kind === "write") await files.writeFileAtomic(one.path, Buffer.from(one.text), 0o644);
  else if (one.kind === "key") await pki.writeFileAtomic(one.path, Buffer.from(one.text), 0o600);
  else if (one.kind === "remove") await files.remove(one.path);
  else if (one.path !== one.to && (await files.readFile(one.path)) !== undefined) await files.move(one.path, one.to);
}

async function seen({ files, pki }: Disk): Promise<unknown> {
  const found = [];
  for (const name of names) {
    const [file, key] = [await files.readFile(name), await pki.readFile(name)];
    const pieces: Buffer[] = [];
    const isThere = await files.readPieces(name, (piece) => void pieces.push(Buffer.from(piece)));
    const { mode } = (await files.accessOf(name)) ?? {};
    const texts = [file?.bytes, key, isThere ? Buffer.concat(pieces) : undefined].map(
      (bytes) => bytes && Buffer.from(bytes).toString(),
    );
    found.push([name, mode, ...texts]);
  }
  return [found, (await files.list("d")).filter((name) => name !== "e"), await files.list("d/e")];
}

test("after any changes it reads as a disk that had them, and what lies below is as before", async () => {
  const there = fc.uniqueArray(fc.tuple(path, fc.string({ maxLength: 4 })), { selector: ([name]) => name });
  await fc.assert(
    fc.asyncProperty(there, fc.array(act, { maxLength: 12 }), async (begin, acts) => {
      const [real, below] = [await diskWith(begin), await diskWith(begin)];
      const before = below.all();
      const above = overlayDisk(below);

      for (const one of acts) {
        await perform(real, one);
        await perform(above, one);
      }

      assert.deepEqual(await seen(above), await seen(real));
      assert.deepEqual(below.all(), before);
    }),
  );
});
