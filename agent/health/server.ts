// The optional HTTP server of the agent: GET /, /healthz and /metrics. It only reads what it is given.
import { pagePolicy } from "#shared/page/whole-page.ts";
import { rowsText } from "#shared/printable.ts";
import { wallTime } from "#shared/clock.ts";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Boot } from "#agent/facts/boot.ts";
import type { Clock } from "#shared/clock.ts";
import type { Report } from "#agent/report/report.ts";
import { agentHealth } from "./agent-health.ts";
import type { Metrics } from "./metrics.ts";

export type HealthServer = {
  /** The port it listens on; chosen by the system when 0 was asked for. */
  readonly port: number;
  readonly close: () => Promise<void>;
};

type Sources = {
  readonly lastReport: () => Report | undefined;
  readonly metrics: Metrics;
  /** The page of the host. */
  readonly page: () => Promise<string>;
  readonly clock: Clock;
  readonly boot?: Boot | undefined;
};
type Answer = {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** Nobody else's page may show it in itself, and nothing keeps what was so. */
const pageHeaders = {
  "content-security-policy": `${pagePolicy}; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** A probe or a scrape is one small request. */
const requestMs = 2000;
/** Connections at once; a monitoring system needs one or two. */
const maxPerPeer = 8;
const maxPeers = 64;

/** Listens; rejects with the system's error when it cannot. */
export async function startHealthServer(
  options: Sources & { readonly address: string; readonly port: number },
): Promise<HealthServer> {
  const peers = new Map<string, Set<Socket>>();
  const server = createServer(
    {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      keepAliveTimeout: 1000,
      // node looks only every 30 s unless told: until then half-open requests would hold all connections
      connectionsCheckingInterval: 500,
      maxHeaderSize: 8192,
    },
    (request, response) => {
      answer(request, options).then(
        (result) => send(response, result),
        () => send(response, { status: 500, text: "internal error\n" }),
      );
    },
  );
  server.on("connection", (socket) => boundPerPeer(socket, peers));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.address, port: options.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A newcomer takes the place of its peer's oldest connection, so nobody locks himself out, and no peer another one. */
function boundPerPeer(socket: Socket, peers: Map<string, Set<Socket>>): void {
  const peer = socket.remoteAddress ?? "";
  const own = peers.get(peer) ?? new Set();
  const [longest] = peers.size >= maxPeers && !peers.has(peer) ? peers.values() : [];
  const [oldest] = own.size >= maxPerPeer ? own : (longest ?? []);
  oldest?.destroy();
  peers.set(peer, own.add(socket));
  socket.once("close", () => {
    own.delete(socket);
    if (own.size === 0) peers.delete(peer);
  });
}

async function answer(request: IncomingMessage, sources: Sources): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, text: "only GET\n" };
  const path = (request.url ?? "").split("?")[0];
  if (path === "/healthz") {
    const { healthy, reason } = agentHealth(sources.lastReport(), {
      now: wallTime(sources.clock).epochMs,
      boot: sources.boot,
    });
    return { status: healthy ? 200 : 503, text: rowsText([`${healthy ? "ok" : "not ok"}: ${reason}`]) };
  }
  if (path === "/metrics") return { status: 200, ...(await sources.metrics.print()) };
  if (path === "/")
    return { status: 200, text: await sources.page(), contentType: "text/html; charset=utf-8", headers: pageHeaders };
  return { status: 404, text: "see /, /healthz and /metrics\n" };
}

function send(
  response: ServerResponse,
  { status, text, contentType = "text/plain; charset=utf-8", headers = {} }: Answer,
): void {
  response.writeHead(status, { ...headers, "content-type": contentType, "content-length": Buffer.byteLength(text) });
  response.end(response.req.method === "HEAD" ? undefined : text);
}
