// A zip archive, the same bytes for the same files: each entry has one time, and a mode that unpackers on Unix keep.
import { zipSync } from "fflate";
import type { Zippable } from "fflate";

export type ZipEntry = { readonly name: string; readonly content: Uint8Array; readonly isExecutable: boolean };

/** By which system an entry's attributes are to be read: their upper half is its mode then (PKWARE's APPNOTE, 4.4.2). */
const unix = 3;
const regularFile = 0o100000;

/** At most 4 GiB each and in all. Throws RangeError for a name that is there twice, and for one that every object has, such as `constructor`. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const files: Zippable = {};
  for (const { name, content, isExecutable } of entries) {
    if (name in files) throw new RangeError(`${name} is there twice, or no name for a file`);
    const mode = regularFile | (isExecutable ? 0o755 : 0o644);
    files[name] = [content, { level: 6, os: unix, attrs: mode * 2 ** 16, mtime: firstDay() }];
  }
  return Buffer.from(zipSync(files));
}

/** The first that the format knows. It has no time zone, and what is written is what this machine's clock would show. */
function firstDay(): Date {
  return new Date(1980, 0, 1);
}
