// Files that a container writes are brought to the disk while it writes them, and not after.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createPatience } from "#agent/files/patience.ts";
import { eventually } from "#lab/eventually.ts";
import { flushedMeanwhile } from "./keep-flushed.ts";

const clock = { sleep: async (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }) };

async function ground(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-flushed-"));
  t.after(async () => rm(directory, { recursive: true }));
  const path = join(directory, "taking.part");
  const outcomes: string[] = [];
  const patience = createPatience({ clock });
  const run: typeof patience.run = async (place, operation, about) => {
    const done = patience.run(place, operation, about);
    await done.then(
      () => outcomes.push("flushed"),
      (error: unknown) => outcomes.push(error instanceof Error && "code" in error ? String(error.code) : "aborted"),
    );
    return done;
  };
  const flushing = { path, patience: { run }, clock, signal: new AbortController().signal };
  const seen = async (outcome: string, count: number): Promise<void> => {
    await eventually(() => outcomes.filter((each) => each === outcome).length >= count, { what: outcome });
  };
  return { path, outcomes, flushing, seen };
}

test("from when it is there until the work ends, whose result or error it is", async (t) => {
  const { path, outcomes, flushing, seen } = await ground(t);

  const result = await flushedMeanwhile(flushing, async () => {
    await seen("ENOENT", 2);
    await writeFile(path, "a snapshot");
    await seen("flushed", 3);
    return "made";
  });

  assert.equal(result, "made");
  const count = outcomes.length;
  await sleep(120);
  assert.equal(outcomes.length, count);
  const failing = async (): Promise<never> => Promise.reject(new Error("no space"));
  await assert.rejects(flushedMeanwhile(flushing, failing), /no space/);
});

test("what the system refuses to flush is left alone, and the work goes on", async (t) => {
  const { path, outcomes, flushing, seen } = await ground(t);
  await writeFile(path, "");
  const loop = { ...flushing, path: join(path, "below") };

  const result = await flushedMeanwhile(loop, async () => {
    await seen("ENOTDIR", 1);
    await sleep(120);
    return "made";
  });

  assert.equal(result, "made");
  assert.deepEqual(outcomes, ["ENOTDIR"]);
});
