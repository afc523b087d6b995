// What the answers of a runtime's socket mean.
import assert from "node:assert/strict";
import { createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fakeRuntime, giveMessage, giveStatus } from "#agent/testing/fake-runtime.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { probeCri } from "./probe-cri.ts";

const timeoutMs = 2000;
/** A message that says version 0.1.0. */
const version = Buffer.from([0x0a, 5, ...Buffer.from("0.1.0")]);

test("a runtime that answers the version call has CRI", async (context) => {
  let asked: unknown;
  const path = await fakeRuntime(context, (stream) => {
    stream.on("data", (data) => (asked = data));
    giveMessage(stream, version);
  });

  assert.equal(await probeCri(path, { timeoutMs }), "yes");
  assert.deepEqual(asked, Buffer.alloc(5));
});

test("containerd with its CRI switched off has none", async (context) => {
  const path = await fakeRuntime(context, (stream) => giveStatus(stream, 12));

  assert.equal(await probeCri(path, { timeoutMs }), "no");
});

test("without a socket there is none", async (context) => {
  assert.equal(await probeCri(join(temporaryRoot(context), "none.sock"), { timeoutMs }), "no");
});

test("a runtime that is not ready, that hangs or that is no runtime leaves it open", async (context) => {
  const starting = await fakeRuntime(context, (stream) => giveStatus(stream, 14));
  const hanging = await fakeRuntime(context, () => undefined);
  const other = join(temporaryRoot(context), "other.sock");
  const server = createSocketServer((socket) => socket.end("hello\n"));
  await new Promise<void>((resolve) => server.listen(other, resolve));
  context.after(() => server.close());

  const answers = await Promise.all([
    probeCri(starting, { timeoutMs }),
    probeCri(hanging, { timeoutMs: 50 }),
    probeCri(other, { timeoutMs }),
  ]);

  assert.deepEqual(answers, ["unknown", "unknown", "unknown"]);
});

test("an abort ends the question with its reason", async (context) => {
  const path = await fakeRuntime(context, () => undefined);
  const stop = new AbortController();
  const asking = probeCri(path, { timeoutMs: 60_000, signal: stop.signal });
  stop.abort(new Error("SIGTERM"));

  await assert.rejects(asking, /SIGTERM/);
});
