// Unit tests of many files in one process: they are pure, so they need none of their own, and to start a process and to load what all of
// them import costs half a second a file.
import { globSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** Into how many processes they are dealt. */
export const shares = 2;

/** Declares the tests of one share, from 1. Fails when there are none, or a file cannot be loaded. */
export async function declareUnitTests(share: number): Promise<void> {
  const files = unitTestsOf(share);
  if (files.length === 0) throw new Error("no unit tests in the working directory");
  // the YAML library asks for a variable of the environment at each word: an object of ours answers without asking the system
  process.env = { ...process.env };
  for (const file of files) await import(pathToFileURL(resolve(file)).href);
}

/** Paths of a share's files; all files are dealt out by size, the largest first, so that shares take about as long. */
export function unitTestsOf(share: number): readonly string[] {
  const files = globSync("{shared,planner,agent,images,examples}/**/*.test.ts").filter(isUnitTest);
  return files
    .map((file) => ({ file, size: statSync(file).size }))
    .toSorted((a, b) => b.size - a.size || (a.file < b.file ? -1 : 1))
    .flatMap(({ file }, index) => (index % shares === share - 1 ? [file] : []));
}

/** What needs more than a processor, or takes long, says so in its name: x.io.test.ts, x.law.test.ts and others. */
function isUnitTest(file: string): boolean {
  return /^[^.]+\.test\.ts$/.test(basename(file));
}
