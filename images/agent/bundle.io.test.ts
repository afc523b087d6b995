// What a program's text is. esbuild makes it from files of the disk.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { bundleEntry, repository } from "./bundle.ts";

async function entryWith(t: TestContext, code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-bundle-"));
  t.after(async () => rm(folder, { recursive: true }));
  const entry = join(folder, "entry.ts");
  await writeFile(entry, code);
  return entry;
}

test("a sign in a string is escaped, so that V8 keeps the program's text with one byte a character", async (t) => {
  const { text } = await bundleEntry(await entryWith(t, `console.log("✔");`));

  assert.match(text, /\\u2714/);
});

test("a sign that esbuild leaves as it is would double the text in memory, and is refused with what is around it", async (t) => {
  const entry = await entryWith(t, "console.log(String.raw`as it is: ✔`);");

  await assert.rejects(bundleEntry(entry), /character beyond ASCII: .*as it is: ✔/);
});

test("the image is told by the Dockerfile and without a daemon to give memory back", async () => {
  const [dockerfile, script] = await Promise.all(
    ["Dockerfile", "images/agent/image"].map(async (path) => readFile(join(repository, path), "utf8")),
  );
  const settings = (text = ""): readonly string[] => [...text.matchAll(/MALLOC_\w+=\d+/g)].map(([found]) => found);

  assert.deepEqual(settings(script), settings(dockerfile));
  assert.equal(settings(script).length, 3);
});
