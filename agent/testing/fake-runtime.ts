// A container runtime at a socket of its own, which answers calls of CRI as it is told.
import { createServer, type ServerHttp2Stream } from "node:http2";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryRoot } from "./temporary-root.ts";

export const grpcHeaders = { ":status": 200, "content-type": "application/grpc" };

/** Path of its socket. It ends with the test. */
export async function fakeRuntime(
  context: TestContext,
  answer: (stream: ServerHttp2Stream, method: string) => void,
): Promise<string> {
  const path = join(temporaryRoot(context), "runtime.sock");
  const server = createServer();
  const sessions = new Set<{ destroy: () => void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => answer(stream, String(headers[":path"]).replace(/^.*\//, "")));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  context.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return path;
}

/** Answers with a message, in one frame. */
export function giveMessage(stream: ServerHttp2Stream, message: Buffer): void {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.respond(grpcHeaders, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.concat([head, message]));
}

/** Answers with a status and no message. */
export function giveStatus(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ...grpcHeaders, "grpc-status": String(status) }, { endStream: true });
}
