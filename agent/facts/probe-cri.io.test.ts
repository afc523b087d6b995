// What the answers of a runtime's socket mean.
import assert from "node:assert/strict";
import { createServer } from "node:http2";
import type { ServerHttp2Stream } from "node:http2";
import { createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { probeCri } from "./probe-cri.ts";

const timeoutMs = 2000;
const grpc = { ":status": 200, "content-type": "application/grpc" };
/** A message that says version 0.1.0, framed. */
const version = Buffer.from([0, 0, 0, 0, 7, 0x0a, 5, ...Buffer.from("0.1.0")]);

async function runtime(context: TestContext, answer: (stream: ServerHttp2Stream) => void): Promise<string> {
  const path = join(temporaryRoot(context), "runtime.sock");
  const server = createServer();
  const sessions = new Set<{ destroy: () => void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", answer);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  context.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return path;
}

test("a runtime that answers the version call has CRI", async (context) => {
  let asked: unknown;
  const path = await runtime(context, (stream) => {
    stream.on("data", (data) => (asked = data));
    stream.respond(grpc, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(version);
  });

  assert.equal(await probeCri(path, { timeoutMs }), "yes");
  assert.deepEqual(asked, Buffer.alloc(5));
});

test("containerd with its CRI switched off has none", async (context) => {
  const path = await runtime(context, (stream) =>
    stream.respond({ ...grpc, "grpc-status": "12" }, { endStream: true }),
  );

  assert.equal(await probeCri(path, { timeoutMs }), "no");
});

test("without a socket there is none", async (context) => {
  assert.equal(await probeCri(join(temporaryRoot(context), "none.sock"), { timeoutMs }), "no");
});

test("a runtime that is not ready, that hangs or that is no runtime leaves it open", async (context) => {
  const starting = await runtime(context, (stream) =>
    stream.respond({ ...grpc, "grpc-status": "14" }, { endStream: true }),
  );
  const hanging = await runtime(context, () => undefined);
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
  const path = await runtime(context, () => undefined);
  const stop = new AbortController();
  const asking = probeCri(path, { timeoutMs: 60_000, signal: stop.signal });
  stop.abort(new Error("SIGTERM"));

  await assert.rejects(asking, /SIGTERM/);
});
