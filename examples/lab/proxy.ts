// A Docker socket in front of a host's own: records every request and lets a test cut in before or after each.
// It passes everything on as it is, streams and upgraded connections too.
import { rm } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createConnection } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { dockerCall, type DockerCall } from "./docker-call.ts";
import type { LabHost } from "./host.ts";

export type ProxiedRequest = DockerCall & {
  /** Epoch milliseconds. */
  readonly at: number;
  /** undefined until the daemon has answered. */
  readonly status?: number | undefined;
};

/** Gets the request's place in `requests`. What it throws breaks the connection; while it waits, the request does. */
export type ProxyHook = (index: number, request: ProxiedRequest) => void | Promise<void>;

/** An answer in the daemon's stead. */
export type ProxyAnswer = { readonly status: number; readonly message: string };

export type ProxyOptions = {
  /** Asked for each request after `before`; what it answers, the client gets, and the daemon sees nothing of the request. */
  readonly instead?: ((request: ProxiedRequest, index: number) => ProxyAnswer | undefined) | undefined;
  /** Before the daemon sees anything of the request. */
  readonly before?: ProxyHook | undefined;
  /** When the daemon has answered and the client has not heard of it. */
  readonly after?: ProxyHook | undefined;
  /** Asked once the daemon has answered; the client gets the head and a part of the body, then the connection breaks. */
  readonly cut?: ((index: number) => boolean) | undefined;
  /** Asked once the daemon has answered with a document; what comes back makes another one of it. */
  readonly lie?: ((index: number) => ((answer: unknown) => unknown) | undefined) | undefined;
  /** Where to listen; next to the host's socket unless told. */
  readonly socket?: string | undefined;
};

export type DockerProxy = {
  /** For processes on this machine. */
  readonly socket: string;
  /** The same for the agent's container (agent.ts), when `socket` was not told. */
  readonly socketForAgent: string;
  /** In the order of their coming. */
  readonly requests: readonly ProxiedRequest[];
  /** Breaks all connections. The record stays. */
  readonly close: () => Promise<void>;
};

/** Listens until `close`; survives the host's power cuts, while which it breaks connections as the daemon would. */
export async function startProxy(host: Pick<LabHost, "socket">, options: ProxyOptions = {}): Promise<DockerProxy> {
  const socket = options.socket ?? `${dirname(host.socket)}/proxy.sock`;
  const requests: ProxiedRequest[] = [];
  const passage: Passage = {
    target: host.socket,
    enter: async (incoming) => {
      const request = { ...dockerCall(incoming.method ?? "GET", incoming.url ?? "/"), at: Date.now() };
      const index = requests.push(request) - 1;
      await options.before?.(index, request);
      return index;
    },
    instead: (index) => {
      const request = requests[index];
      const answer = request === undefined ? undefined : options.instead?.(request, index);
      if (request !== undefined && answer !== undefined) requests[index] = { ...request, status: answer.status };
      return answer;
    },
    isCut: options.cut ?? (() => false),
    lieOf: options.lie ?? (() => undefined),
    answered: async (index, status) => {
      const request = requests[index];
      if (request === undefined) return;
      const answered = { ...request, status };
      requests[index] = answered;
      await options.after?.(index, answered);
    },
  };
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    // whatever breaks on the way is, for the client, a broken connection
    passRequest(passage, incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const open = new Set<Duplex>();
  server.on("connection", (connection: Duplex) => {
    open.add(connection);
    connection.once("close", () => open.delete(connection));
  });
  server.on("upgrade", (incoming: IncomingMessage, connection: Duplex, head: Buffer) => {
    passUpgrade(passage, { incoming, connection, head }).catch(() => connection.destroy());
  });
  await rm(socket, { force: true });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  return {
    socket,
    socketForAgent: "/var/run/lab/proxy.sock",
    requests,
    close: async () => closeAll(server, open),
  };
}

async function closeAll(server: Server, open: Iterable<Duplex>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const connection of open) connection.destroy();
  await closed;
}

type Passage = {
  readonly target: string;
  readonly enter: (incoming: IncomingMessage) => Promise<number>;
  readonly instead: (index: number) => ProxyAnswer | undefined;
  readonly isCut: (index: number) => boolean;
  readonly lieOf: (index: number) => ((answer: unknown) => unknown) | undefined;
  readonly answered: (index: number, status: number) => Promise<void>;
};

async function passRequest(passage: Passage, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const index = await passage.enter(incoming);
  if (incoming.socket.destroyed) return;
  const own = passage.instead(index);
  if (own !== undefined) {
    incoming.resume();
    outgoing
      .writeHead(own.status, { "content-type": "application/json" })
      .end(JSON.stringify({ message: own.message }));
    return;
  }
  const onward = httpRequest({
    socketPath: passage.target,
    method: incoming.method,
    path: incoming.url,
    // the daemon would hang up with its answer: then the last, empty write of the call fails, and the answer is lost unread
    headers: { ...withoutConnection(incoming.headers), connection: "keep-alive" },
    agent: false,
  });
  // a client that goes away (an aborted event stream) takes its call along
  outgoing.once("close", () => onward.destroy());
  const answer = new Promise<IncomingMessage>((resolve, reject) =>
    onward.once("response", resolve).once("error", reject),
  );
  // the daemon may answer before it has read all; an upload that fails before that fails `answer` too
  pipeline(incoming, onward).catch(() => undefined);
  const response = await answer;
  const { statusCode = 0, statusMessage = "" } = response;
  await passage.answered(index, statusCode);
  const lie = statusCode === 200 ? passage.lieOf(index) : undefined;
  if (lie !== undefined) {
    outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(lie(await json(response))));
    return;
  }
  outgoing.writeHead(statusCode, statusMessage, withoutConnection(response.headers));
  outgoing.flushHeaders();
  if (passage.isCut(index)) await passPart(response, outgoing);
  else await pipeline(response, outgoing);
}

async function passPart(response: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    await new Promise((resolve) => outgoing.write(bytes.subarray(0, bytes.length / 2), resolve));
    break;
  }
  outgoing.destroy();
}

type Upgrade = { readonly incoming: IncomingMessage; readonly connection: Duplex; readonly head: Buffer };

/** Attach and exec turn the connection into a raw stream; from the request's head on it is only bytes. */
async function passUpgrade(passage: Passage, { incoming, connection, head }: Upgrade): Promise<void> {
  const index = await passage.enter(incoming);
  const onward = createConnection(passage.target);
  const headers = incoming.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1] ?? ""}`] : []));
  onward.write(`${[`${incoming.method} ${incoming.url} HTTP/1.1`, ...headers].join("\r\n")}\r\n\r\n`);
  onward.write(head);
  const first = new Promise<Buffer>((resolve, reject) => onward.once("data", resolve).once("error", reject));
  const [, status = "0"] = (await first).toString("latin1").split(" ");
  onward.pause();
  await passage.answered(index, Number(status));
  connection.write(await first);
  await Promise.all([pipeline(connection, onward), pipeline(onward, connection)]);
}

/** The two connections are independent of each other; everything else is passed on. */
function withoutConnection(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const { connection: _, "keep-alive": __, ...rest } = headers;
  return rest;
}
