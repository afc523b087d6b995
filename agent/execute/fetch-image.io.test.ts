// What a pull tells in the log while it goes on.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { pino } from "pino";
import { createRoundLog } from "#agent/log/round-log.ts";
import { pack } from "tar-stream";
import type { PullProgress } from "#agent/engine/engine.ts";
import { archiveUnreadable, engineRefused } from "#agent/engine/errors.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createPatience } from "#agent/files/patience.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { fetchImage, type FetchEffects } from "./fetch-image.ts";

type Sign = PullProgress & { readonly afterMs: number };

/** What is logged during a pull with these signs of progress, as it is written. */
async function pulled(signs: readonly Sign[]): Promise<readonly unknown[]> {
  const lines: unknown[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(JSON.parse(chunk.toString()));
      done();
    },
  });
  const clock = new FakeClock({ auto: true });
  const engine: FetchEffects["engine"] = {
    inspectImage: async () => Promise.resolve(undefined),
    loadImage: async () => Promise.resolve([]),
    pullImage: async (_reference, _credentials, options) => {
      for (const { afterMs, ...progress } of signs) {
        await clock.sleep(afterMs);
        options?.onProgress?.(progress);
      }
    },
  };
  const images = { directory: undefined, patience: createPatience({ clock }), credentialsFor: () => undefined };
  const log = createRoundLog(pino({ base: null, timestamp: false }, stream));
  await fetchImage("registry/web:1", { engine, clock, images, log, signal: new AbortController().signal });
  return lines;
}

test("a long pull tells every two seconds how many layers and bytes it has", async () => {
  const lines = await pulled([
    { afterMs: 100, layers: 1, layersDone: 0, bytes: 10 },
    { afterMs: 1900, layers: 2, layersDone: 0, bytes: 2000 },
    { afterMs: 1999, layers: 2, layersDone: 1, bytes: 3000 },
    { afterMs: 1, layers: 2, layersDone: 1, bytes: 4000 },
    { afterMs: 100, layers: 2, layersDone: 2, bytes: 4100 },
  ]);

  const line = { level: 30, image: "registry/web:1", msg: "pulling image" };
  assert.deepEqual(lines, [
    line,
    { ...line, layers: 2, layersDone: 0, bytes: 2000 },
    { ...line, layers: 2, layersDone: 1, bytes: 4000 },
  ]);
});

test("a pull of less than two seconds is told once", async () => {
  const lines = await pulled([{ afterMs: 1999, layers: 1, layersDone: 1, bytes: 10 }]);

  assert.deepEqual(lines, [{ level: 30, image: "registry/web:1", msg: "pulling image" }]);
});

for (const error of [
  engineRefused("loadImage", { status: 500, reason: "unexpected EOF" }),
  archiveUnreadable(new Readable(), new Error("EIO")),
])
  test(`an archive that cannot be loaded (${error.code}) is told, and the image is pulled`, async (context) => {
    const directory = temporaryRoot(context);
    const tar = pack();
    tar.entry({ name: "manifest.json" }, JSON.stringify([{ RepoTags: ["registry/web:1"] }]));
    tar.finalize();
    writeFileSync(`${directory}/web.tar`, await buffer(tar));
    const calls: string[] = [];
    const clock = new FakeClock();
    const engine: FetchEffects["engine"] = {
      inspectImage: async () => Promise.resolve(undefined),
      loadImage: async (archive) => {
        archive.on("error", () => undefined);
        calls.push("load");
        return Promise.reject(error);
      },
      pullImage: async () => {
        calls.push("pull");
        return Promise.resolve();
      },
    };
    const images = { directory, patience: createPatience({ clock }), credentialsFor: () => undefined };
    const { signal } = new AbortController();

    await fetchImage("registry/web:1", { engine, clock, images, log: pino({ level: "silent" }), signal });

    assert.deepEqual(calls, ["load", "pull"]);
  });
