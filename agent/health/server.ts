// The optional HTTP server of the agent: GET /healthz and /metrics. It only reads what it is given.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Boot } from "#agent/boot.ts";
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
  readonly clock: Clock;
  readonly boot?: Boot | undefined;
};
type Answer = { readonly status: number; readonly text: string; readonly contentType?: string | undefined };

/** Listens; rejects with the system's error when it cannot. */
export async function startHealthServer(
  options: Sources & { readonly address: string; readonly port: number },
): Promise<HealthServer> {
  const server = createServer(
    { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 1000 },
    (request, response) => {
      answer(request, options).then(
        (result) => send(response, result),
        () => send(response, { status: 500, text: "internal error\n" }),
      );
    },
  );
  server.maxConnections = 64;
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

async function answer(request: IncomingMessage, sources: Sources): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, text: "only GET\n" };
  const path = (request.url ?? "").split("?")[0];
  if (path === "/healthz") {
    const { healthy, reason } = agentHealth(sources.lastReport(), { now: sources.clock.now(), boot: sources.boot });
    return { status: healthy ? 200 : 503, text: `${healthy ? "ok" : "not ok"}: ${reason}\n` };
  }
  if (path === "/metrics") return { status: 200, ...(await sources.metrics.print()) };
  return { status: 404, text: "see /healthz and /metrics\n" };
}

function send(response: ServerResponse, { status, text, contentType = "text/plain; charset=utf-8" }: Answer): void {
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text) });
  response.end(response.req.method === "HEAD" ? undefined : text);
}
