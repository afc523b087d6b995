// All that is in a zip archive as one text, byte for byte: to look for what must not be there.
import { inflateRawSync } from "node:zlib";

const endMark = 0x06054b50;
const endBytes = 22;
const directoryBytes = 46;
const headerBytes = 30;
const deflated = 8;

export function zipText(archive: Buffer): string {
  let end = archive.length - endBytes;
  while (end >= 0 && archive.readUInt32LE(end) !== endMark) end -= 1;
  if (end < 0) throw new Error("no zip archive");
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const texts: string[] = [];
  for (let index = 0; index < count; index++) {
    const [method, size, local] = [
      archive.readUInt16LE(at + 10),
      archive.readUInt32LE(at + 20),
      archive.readUInt32LE(at + 42),
    ];
    const from = local + headerBytes + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(from, from + size);
    texts.push((method === deflated ? inflateRawSync(bytes) : bytes).toString("latin1"));
    at +=
      directoryBytes + archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return texts.join("\n");
}
