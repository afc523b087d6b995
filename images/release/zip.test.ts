// An archive is what unpackers expect, and the same bytes each time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { zip, type ZipEntry } from "./zip.ts";

type Read = { readonly name: string; readonly content: Buffer; readonly mode: number };

/** By the directory at its end, as APPNOTE 4.3 describes it; what an entry says of itself must be the same. */
function unzip(archive: Buffer): readonly Read[] {
  const end = archive.length - 22;
  assert.equal(archive.readUInt32LE(end), 0x06054b50);
  const [count, size, from] = [
    archive.readUInt16LE(end + 10),
    archive.readUInt32LE(end + 12),
    archive.readUInt32LE(end + 16),
  ];
  assert.equal(from + size, end);
  const found: Read[] = [];
  let at = from;
  for (let index = 0; index < count; index += 1) {
    const entry = archive.subarray(at);
    assert.equal(entry.readUInt32LE(0), 0x02014b50);
    const [nameLength, local] = [entry.readUInt16LE(28), entry.readUInt32LE(42)];
    const name = entry.subarray(46, 46 + nameLength);
    assert.equal(archive.readUInt32LE(local), 0x04034b50);
    assert.deepEqual(archive.subarray(local + 4, local + 30), entry.subarray(6, 32));
    assert.deepEqual(archive.subarray(local + 30, local + 30 + nameLength), name);
    const packedAt = local + 30 + nameLength;
    const content = inflateRawSync(archive.subarray(packedAt, packedAt + entry.readUInt32LE(20)));
    assert.deepEqual([crc32(content), content.length], [entry.readUInt32LE(16), entry.readUInt32LE(24)]);
    assert.equal(entry.readUInt8(5), 3);
    found.push({ name: name.toString(), content, mode: entry.readUInt32LE(38) >>> 16 });
    at += 46 + nameLength;
  }
  assert.equal(at, end);
  return found;
}

function byName<Named extends { readonly name: string }>(all: readonly Named[]): readonly Named[] {
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const entry: fc.Arbitrary<ZipEntry> = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }).filter((name) => !(name in {})),
  content: fc.uint8Array({ maxLength: 400 }),
  isExecutable: fc.boolean(),
});

test("what is packed comes out with its name, mode and bytes, and again it is the same archive", () => {
  fc.assert(
    fc.property(fc.uniqueArray(entry, { maxLength: 5, selector: ({ name }) => name }), (entries) => {
      const archive = zip(entries);

      assert.deepEqual(
        byName(unzip(archive)),
        byName(entries).map(({ name, content, isExecutable }) => ({
          name,
          content: Buffer.from(content),
          mode: isExecutable ? 0o100755 : 0o100644,
        })),
      );
      assert.deepEqual(zip(entries), archive);
    }),
  );
});

test("a name that is there twice is refused, and so is one that every object has", () => {
  const one = (name: string): ZipEntry => ({ name, content: Buffer.from("x"), isExecutable: false });

  assert.throws(() => zip([one("a"), one("a")]), RangeError);
  assert.throws(() => zip([one("__proto__")]), RangeError);
});
