// A packed Helm chart (tgz): whether it is one. Bounded, so that a small file cannot become a large one.
import { gunzipSync } from "node:zlib";

const maxUnpackedBytes = 64 * 1024 * 1024;
const block = 512;

/** What is wrong with it; undefined when it is a chart. */
export function chartProblem(packed: Uint8Array): string | undefined {
  const archive = unpacked(packed);
  if (archive === undefined) return "is not packed by gzip, or holds more than 64 MiB";
  const names = entryNames(archive);
  if (names === undefined) return "is no tar archive";
  if (!names.some((name) => /^(\.\/)?[^/]+\/Chart\.yaml$/.test(name)))
    return "holds no Chart.yaml in a directory; helm package makes such a file";
  return undefined;
}

function unpacked(packed: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(packed, { maxOutputLength: maxUnpackedBytes });
  } catch {
    // whatever the library says, the file cannot be used
    return undefined;
  }
}

function entryNames(archive: Buffer): readonly string[] | undefined {
  const names: string[] = [];
  for (let at = 0; at + block <= archive.length;) {
    const header = archive.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(textOf(header, 124, 12).trim(), 8);
    if (textOf(header, 257, 5) !== "ustar" || !Number.isSafeInteger(size) || size < 0) return undefined;
    const prefix = textOf(header, 345, 155);
    names.push(prefix === "" ? textOf(header, 0, 100) : `${prefix}/${textOf(header, 0, 100)}`);
    at += block + Math.ceil(size / block) * block;
  }
  return names.length === 0 ? undefined : names;
}

/** A field of a header, up to its first zero byte. */
function textOf(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? length : end);
}

/** Where the packed chart of a release stands among the inputs: they are texts, so in base64. */
export function chartInput(file: string): string {
  return `base64:${file}`;
}
