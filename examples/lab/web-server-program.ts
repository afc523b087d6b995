// A web server of static files over TLS; run by web-server.ts in the network of a lab. Arguments: address and port to listen at, a file with
// certificate and key, the directory, how it answers. Prints a line when it listens, then `STATUS PATH TAG` of each answer, TAG as it was asked
// with. A line on standard input says how it answers from then on. Ends when its standard input does.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { argv, stdin, stdout } from "node:process";
import { createInterface } from "node:readline";
import { setInterval } from "node:timers";

const [address = "", port = "", pem = "", directory = "", manner = ""] = argv.slice(2);
const dripMs = 500;
const block = Buffer.alloc(1024 * 1024, "x");

type Answer = (request: IncomingMessage, response: ServerResponse) => number;

function file({ url = "/" }: IncomingMessage): Buffer | undefined {
  try {
    return readFileSync(join(directory, new URL(url, "https://here").pathname));
  } catch {
    // not there
    return undefined;
  }
}

function said(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body = ""): number {
  response.writeHead(status, headers).end(body);
  return status;
}

function* blocks(): Generator<Buffer> {
  for (;;) yield block;
}

const answers: Readonly<Record<string, Answer>> = {
  files: (request, response) => {
    const bytes = file(request);
    if (bytes === undefined) return said(response, 404, {});
    const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 20)}"`;
    if (request.headers["if-none-match"] === etag) return said(response, 304, { etag });
    response.writeHead(200, { etag, "content-length": String(bytes.byteLength) }).end(bytes);
    return 200;
  },
  page: (_, response) => said(response, 200, { "content-type": "text/html" }, "<!doctype html><h1>Welcome</h1>\n"),
  unchanged: (_, response) => said(response, 304, { etag: '"for-ever"' }),
  elsewhere: (_, response) => said(response, 302, { location: `https://${address}:${port}/elsewhere.age` }),
  broken: (_, response) => said(response, 500, {}, "sorry"),
  cut: (request, response) => {
    const bytes = file(request) ?? Buffer.alloc(100);
    response.writeHead(200, { "content-length": String(bytes.byteLength) });
    response.write(bytes.subarray(0, bytes.byteLength / 2), () => response.destroy());
    return 200;
  },
  endless: (_, response) => {
    response.writeHead(200);
    // it ends when whoever asked has had enough
    pipeline(Readable.from(blocks()), response, () => undefined);
    return 200;
  },
  drip: (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("a"), dripMs);
    response.on("close", () => clearInterval(timer));
    return 200;
  },
};

let answer: Answer | undefined = answers[manner];
const both = readFileSync(pem);
const server = createServer({ key: both, cert: both }, (request, response) => {
  const status = answer?.(request, response);
  stdout.write(`${status} ${request.url} ${request.headers["if-none-match"] ?? "-"}\n`);
});
server.listen(Number(port), address, () => stdout.write("listening\n"));
const lines = createInterface({ input: stdin });
lines.on("line", (mode) => (answer = answers[mode]));
lines.on("close", () => {
  server.close();
  server.closeAllConnections();
});
