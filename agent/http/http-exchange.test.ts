import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Agent, createServer as createHttpsServer } from "node:https";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { httpExchange } from "./http-exchange.ts";

test("method, headers and body reach the server, and its answer comes back whatever its status", async (context) => {
  const port = await listen(
    context,
    createServer((request, response) => {
      void text(request).then((body) => {
        response.writeHead(409).end(`${request.method} ${request.headers["content-type"]} ${body}`);
      });
    }),
  );

  const answer = await httpExchange(new URL(`http://127.0.0.1:${port}/`), {
    timeoutMs: 2000,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"ü":1}',
  });

  assert.deepEqual(answer, { status: 409, body: 'POST application/json {"ü":1}', truncated: false });
});

test("of an answer that is too long only the beginning is read", async (context) => {
  const port = await listen(
    context,
    createServer((_request, response) => response.end("x".repeat(5000))),
  );
  const url = new URL(`http://127.0.0.1:${port}/`);

  const cut = await httpExchange(url, { timeoutMs: 2000, maxBodyBytes: 4999 });
  const whole = await httpExchange(url, { timeoutMs: 2000, maxBodyBytes: 5000 });

  assert.deepEqual([cut.body.length, cut.truncated], [4999, true]);
  assert.deepEqual([whole.body.length, whole.truncated], [5000, false]);
});

test("a silent server ends in a TimeoutError, an abort in its reason", async (context) => {
  const port = await listen(
    context,
    createServer(() => undefined),
  );
  const url = new URL(`http://127.0.0.1:${port}/`);
  const reason = new Error("the agent ends");
  const aborted = AbortSignal.abort(reason);

  await assert.rejects(httpExchange(url, { timeoutMs: 50 }), { name: "TimeoutError" });
  await assert.rejects(httpExchange(url, { timeoutMs: 2000, signal: aborted }), reason);
});

test("with kept connections many exchanges share one connection, by client certificate", async (context) => {
  const pki = makeCertificate(temporaryRoot(context));
  const server = createHttpsServer(
    { cert: pki.certificate, key: pki.key, ca: pki.ca, requestCert: true, rejectUnauthorized: true },
    (_request, response) => response.end("ok"),
  );
  let accepted = 0;
  server.on("secureConnection", () => (accepted += 1));
  const port = await listen(context, server);
  const connections = new Agent({ keepAlive: true, maxSockets: 1 });
  context.after(() => connections.destroy());
  const tls = { ca: pki.ca, certificate: pki.certificate, key: pki.key };
  const url = new URL(`https://127.0.0.1:${port}/`);

  for (let count = 0; count < 3; count++) await httpExchange(url, { timeoutMs: 2000, tls, connections });
  const shared = accepted;
  await httpExchange(url, { timeoutMs: 2000, tls });

  assert.deepEqual([shared, accepted], [1, 2]);
});
