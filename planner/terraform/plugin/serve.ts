// Serves the provider's calls to the process that has started this one: gRPC on a socket of its own, known to that process alone.
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import type { Asked } from "./handshake.ts";
import { handshakeLine } from "./handshake.ts";
import { ownCertificate } from "./own-certificate.ts";
import { pluginServices } from "./services.ts";

/** States of large clusters are larger than the library's four megabytes. */
const mostBytes = 256 * 1024 * 1024;
const serving = 1;

export type Serving = {
  /** Answers a call by its name; what it rejects with ends the call. */
  readonly calls: Readonly<Record<string, (request: object) => Promise<object>>>;
  readonly now: number;
  /** Whether the process that has started this one is gone. */
  readonly isOrphan: () => boolean;
  /** Prints the line by which the caller finds the socket. */
  readonly tell: (line: string) => void;
};

/** Resolves when the caller wants no more, or is gone. */
export async function serve(asked: Asked, { calls, now, isOrphan, tell }: Serving): Promise<void> {
  const server = new Server({
    "grpc.max_receive_message_length": mostBytes,
    "grpc.max_send_message_length": mostBytes,
  });
  const directory = mkdtempSync(join(asked.directory ?? tmpdir(), "flexkube-"));
  try {
    const ended = new Promise<void>((resolve) => addServices(server, calls, resolve));
    const own = asked.client === undefined ? undefined : ownCertificate(now);
    const socket = join(directory, "socket");
    await listen(server, socket, credentialsFor(asked.client, own));
    tell(handshakeLine(socket, own && new X509Certificate(own.certificate).raw, asked));
    await orphanOr(ended, isOrphan);
  } finally {
    await stopped(server);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A caller that was killed before it opened its first stream leaves no other sign. */
async function orphanOr(ended: Promise<void>, isOrphan: Serving["isOrphan"]): Promise<void> {
  const everyMs = 2000;
  let look: NodeJS.Timeout | undefined;
  const orphan = new Promise<void>((resolve) => {
    look = setInterval(() => {
      if (isOrphan()) resolve();
    }, everyMs);
  });
  await Promise.race([ended, orphan]);
  clearInterval(look);
}

type OwnCertificate = ReturnType<typeof ownCertificate>;

function credentialsFor(client: string | undefined, own: OwnCertificate | undefined): ServerCredentials {
  if (client === undefined || own === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(own.certificate), private_key: Buffer.from(own.key) };
  return ServerCredentials.createSsl(Buffer.from(client), [pair], true);
}

function addServices(server: Server, calls: Serving["calls"], end: () => void): void {
  const services = pluginServices();
  const handlers = Object.entries(calls).map(([name, call]) => [name, unary(call)] as const);
  server.addService(services.provider, Object.fromEntries(handlers));
  server.addService(services.controller, {
    Shutdown: (_: unknown, done: sendUnaryData<object>) => {
      done(null, {});
      end();
    },
  });
  // nothing is ever said on it; that it is cut is the first sign of a caller that was killed
  server.addService(services.stdio, { StreamStdio: untilCut(end) });
  server.addService(services.broker, {
    StartStream: (call: ServerDuplexStream<object, object>) => {
      call.on("data", () => undefined);
      call.on("end", () => call.end());
    },
  });
  server.addService(services.health, {
    Check: (_: unknown, done: sendUnaryData<object>) => done(null, { status: serving }),
    Watch: untilCut(() => undefined),
  });
}

function untilCut(cut: () => void) {
  return (call: ServerWritableStream<object, object>): void => {
    call.on("cancelled", () => {
      call.end();
      cut();
    });
  };
}

function unary(call: (request: object) => Promise<object>) {
  return ({ request }: ServerUnaryCall<object, object>, done: sendUnaryData<object>): void => {
    call(request).then(
      (answer) => done(null, answer),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  };
}

async function listen(server: Server, socket: string, credentials: ServerCredentials): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, credentials, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** What is under way is answered; streams that stay open are cut. */
async function stopped(server: Server): Promise<void> {
  const graceMs = 1000;
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
