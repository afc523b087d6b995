// What a pull tells in the log while it goes on.
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { pino } from "pino";
import type { PullProgress } from "#agent/engine/engine.ts";
import { FakeClock } from "#agent/engine/fake-clock.ts";
import { createPatience } from "#agent/files/patience.ts";
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
  const log = pino({ base: null, timestamp: false }, stream);
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
