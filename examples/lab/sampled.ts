// Tables that take too long for each change: `*.sampled.*.test.ts` run a part of theirs, and `npm run test:release` all.
import process from "node:process";

/** All of the table before a release (EVERYTHING=1), else the part. */
export function sampled<Item>(all: readonly Item[], part: readonly Item[]): readonly Item[] {
  return process.env["EVERYTHING"] === "1" ? all : part;
}
