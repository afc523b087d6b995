// Servers that answer as no server should, on a port of loopback or a socket, for tests of everything that asks somebody.
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** What a hostile server does with a connection once something has been asked on it. */
export type Hostility = (socket: Socket) => void;

const ok = "HTTP/1.1 200 OK\r\n";
/** Between the drops of one that drips. */
const dripMs = 10;

function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), dripMs);
  socket.on("close", () => clearInterval(timer));
}

function flood(socket: Socket, text: string): void {
  const block = Buffer.from(text.repeat(Math.ceil(16_384 / text.length)));
  const more = (): void => {
    while (socket.writable && socket.write(block));
    if (socket.writable) socket.once("drain", more);
  };
  more();
}

/** On a Unix socket there is no reset. */
function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

/** By name; a bound exchange ends with each of them. */
export const hostilities: Readonly<Record<string, Hostility>> = {
  "says nothing": () => undefined,
  "switches protocols": (socket) =>
    void socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
  "switches protocols and closes": (socket) =>
    void socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
  "switches protocols and goes on": (socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n");
    flood(socket, "x");
  },
  "switches protocols without a header": (socket) => void socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
  "says for ever that it goes on": (socket) => flood(socket, "HTTP/1.1 100 Continue\r\n\r\n"),
  "processes for ever": (socket) => drip(socket, "HTTP/1.1 102 Processing\r\n\r\n"),
  "gives hints for ever": (socket) => drip(socket, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
  "has a body without end": (socket) => {
    socket.write(`${ok}\r\n`);
    flood(socket, "x");
  },
  "has chunks without end": (socket) => {
    socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`);
    flood(socket, "4\r\nabcd\r\n");
  },
  "drips its body": (socket) => {
    socket.write(`${ok}\r\n`);
    drip(socket, "x");
  },
  "drips its headers": (socket) => {
    socket.write(ok);
    drip(socket, "x: y\r\n");
  },
  "drips its first line": (socket) => drip(socket, " "),
  "has headers without end": (socket) => {
    socket.write(`${ok}x: `);
    flood(socket, "y");
  },
  "closes without an answer": (socket) => void socket.end(),
  "closes within the first line": (socket) => void socket.end("HTTP/1.1 2"),
  "closes within the headers": (socket) => void socket.end(`${ok}Content-Le`),
  "closes within the body": (socket) => void socket.end(`${ok}Content-Length: 100\r\n\r\nhalf`),
  "closes within a chunk": (socket) => void socket.end(`${ok}Transfer-Encoding: chunked\r\n\r\n64\r\nhalf`),
  "promises more than it has": (socket) => void socket.write(`${ok}Content-Length: 100\r\n\r\nhalf`),
  "has more than it promised": (socket) => void socket.write(`${ok}Content-Length: 2\r\n\r\n[] and more`),
  "contradicts itself about the length": (socket) =>
    void socket.end(`${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
  "has an empty body": (socket) => void socket.end(`${ok}Content-Length: 0\r\n\r\n`),
  "has no content": (socket) => void socket.end("HTTP/1.1 204 No Content\r\n\r\n"),
  "answers a page": (socket) => void socket.end(`${ok}Connection: close\r\nContent-Length: 13\r\n\r\n<html></html>`),
  "answers something else": (socket) => void socket.end(`${ok}Content-Length: 4\r\n\r\nnull`),
  "leads elsewhere": (socket) =>
    void socket.end("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
  "speaks something else": (socket) => void socket.end(Buffer.from([0, 1, 2, 255, 254])),
  "speaks HTTP/2": (socket) => void socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])),
  "accepts a tunnel": (socket) => void socket.write("HTTP/1.1 200 Connection established\r\n\r\n"),
  resets: reset,
  "resets within the body": (socket) => void socket.write(`${ok}Content-Length: 100\r\n\r\nhalf`, () => reset(socket)),
  "ends its half": (socket) => {
    socket.write(ok);
    socket.on("error", () => undefined);
    socket.allowHalfOpen = true;
    socket.end();
  },
};

/** `at`: path of a socket; without it a port of 127.0.0.1, which is what it resolves to. */
export async function serveHostile(context: TestContext, hostility: Hostility, at?: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // the other side breaks off as it likes
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", () => hostility(socket));
  });
  await new Promise<void>((resolve) => {
    if (at === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(at, resolve);
  });
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
