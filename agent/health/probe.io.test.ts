import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { Probe } from "#shared/schema/words/words.ts";
import type { DesiredProbe } from "#shared/state/desired.ts";
import { probeOnce, type ProbedContainer } from "./probe.ts";

const clock = new FakeClock();
const running: ProbedContainer = { state: "running", startedAt: clock.now() - 1000, restartCount: 0 };

function probe(changes: object): DesiredProbe {
  return Probe.parse({ timeout: "30s", ...changes });
}

test("an expected status is healthy and another is not, with both in the reason", async (context) => {
  const port = await listen(
    context,
    createHttpServer((request, response) => response.writeHead(request.url === "/up?x=1" ? 200 : 503).end("text")),
  );

  const up = await probeOnce(probe({ http: { port, path: "/up?x=1" } }), running, { clock });
  const down = await probeOnce(probe({ http: { port, path: "/down" } }), running, { clock });
  const wanted = await probeOnce(probe({ http: { port, path: "/down", status: 503 } }), running, { clock });

  assert.deepEqual(up, { healthy: true, reason: `http://127.0.0.1:${port}/up?x=1 answers 200` });
  assert.deepEqual(down, { healthy: false, reason: `http://127.0.0.1:${port}/down answers 503; 200 is asked for` });
  assert.equal(wanted.healthy, true);
});

test("an https server is verified by the CA when there is one, and else not at all", async (context) => {
  const directory = temporaryRoot(context);
  const good = makeCertificate(directory, "good");
  const other = makeCertificate(directory, "other");
  const port = await listen(
    context,
    createHttpsServer({ cert: good.certificate, key: good.key }, (_request, response) => response.end()),
  );
  const http = { scheme: "https", port, path: "/" };

  const unverified = await probeOnce(probe({ http }), running, { clock });
  const verified = await probeOnce({ ...probe({ http }), http: { ...withHttp(http), ca: good.ca } }, running, {
    clock,
  });
  const refused = await probeOnce({ ...probe({ http }), http: { ...withHttp(http), ca: other.ca } }, running, {
    clock,
  });

  assert.deepEqual([unverified.healthy, verified.healthy, refused.healthy], [true, true, false]);
  assert.match(refused.reason, /a certificate of another CA/);
});

function withHttp(http: object): NonNullable<DesiredProbe["http"]> {
  const parsed = probe({ http }).http;
  assert.ok(parsed);
  return parsed;
}

test("an endless body does not hold a probe up", async (context) => {
  const port = await listen(
    context,
    createHttpServer((request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x".repeat(65536)), 1);
      request.once("close", () => clearInterval(timer));
    }),
  );

  const result = await probeOnce(probe({ http: { port, path: "/" } }), running, { clock });

  assert.equal(result.healthy, true);
});

test("a server that never answers times out", async (context) => {
  const port = await listen(
    context,
    createTcpServer((socket) => socket.on("error", () => undefined)),
  );

  const result = await probeOnce(probe({ timeout: "50ms", http: { port, path: "/" } }), running, { clock });

  assert.deepEqual(result, { healthy: false, reason: `http://127.0.0.1:${port}/: timed out` });
});

test("a TCP probe holds when the connection opens", async (context) => {
  const server = createTcpServer((socket) => socket.on("error", () => undefined));
  const port = await listen(context, server);

  const open = await probeOnce(probe({ tcp: { port } }), running, { clock });
  await new Promise((resolve) => server.close(resolve));
  const closed = await probeOnce(probe({ tcp: { port } }), running, { clock });

  assert.equal(open.healthy, true);
  assert.deepEqual([closed.healthy, /ECONNREFUSED/.test(closed.reason)], [false, true]);
});

test("a container that does not run is not healthy, whoever answers on its port", async (context) => {
  const port = await listen(
    context,
    createHttpServer((_request, response) => response.end()),
  );
  const http = probe({ http: { port, path: "/" } });

  assert.deepEqual(await probeOnce(http, { ...running, state: "exited" }, { clock }), {
    healthy: false,
    reason: "the container is exited",
  });
  assert.deepEqual(await probeOnce(http, undefined, { clock }), { healthy: false, reason: "there is no container" });
});

test("without http and tcp a container is healthy once it has run for its settle time", async () => {
  const young = await probeOnce(probe({ settle: "2s" }), running, { clock });
  const settled = await probeOnce(probe({ settle: "1s" }), running, { clock });

  assert.deepEqual(young, { healthy: false, reason: "it has not run for 2s yet" });
  assert.equal(settled.healthy, true);
});

test("an abort ends a try at once with the abort's own reason", async (context) => {
  const port = await listen(
    context,
    createTcpServer((socket) => socket.on("error", () => undefined)),
  );
  const abort = new AbortController();

  const result = probeOnce(probe({ timeout: "1m", http: { port, path: "/" } }), running, {
    clock,
    signal: abort.signal,
  });
  abort.abort(new Error("stop"));

  await assert.rejects(result, /stop/);
});
