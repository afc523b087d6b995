import assert from "node:assert/strict";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server } from "node:https";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { httpExchange } from "./http-exchange.ts";
import { createTlsConnections, type HttpTls } from "./tls-connections.ts";

/** Longer than a busy machine takes for anything here. */
const timeoutMs = 30_000;

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
    timeoutMs,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"ü":1}',
  });

  const { headers, ...rest } = answer;
  assert.deepEqual(rest, { status: 409, body: 'POST application/json {"ü":1}', truncated: false });
  assert.equal(headers["transfer-encoding"], "chunked");
});

test("of an answer that is too long only the beginning is read", async (context) => {
  const port = await listen(
    context,
    createServer((_request, response) => response.end("x".repeat(5000))),
  );
  const url = new URL(`http://127.0.0.1:${port}/`);

  const cut = await httpExchange(url, { timeoutMs, maxBodyBytes: 4999 });
  const whole = await httpExchange(url, { timeoutMs, maxBodyBytes: 5000 });

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
  await assert.rejects(httpExchange(url, { timeoutMs, signal: aborted }), reason);
});

type SecureServer = {
  readonly url: URL;
  readonly tls: HttpTls;
  readonly server: Server;
  /** For each connection so far: whether it resumed the session of one before. */
  readonly resumed: boolean[];
};

async function serveSecurely(context: TestContext, answer: RequestListener): Promise<SecureServer> {
  const pki = makeCertificate(temporaryRoot(context));
  const server = createHttpsServer(
    { cert: pki.certificate, key: pki.key, ca: pki.ca, requestCert: true, rejectUnauthorized: true },
    answer,
  );
  const resumed: boolean[] = [];
  server.on("secureConnection", (socket) => resumed.push(socket.isSessionReused()));
  const port = await listen(context, server);
  const tls = { ca: pki.ca, certificate: pki.certificate, key: pki.key };
  return { url: new URL(`https://127.0.0.1:${port}/`), tls, server, resumed };
}

test("each exchange has a connection of its own, which resumes the session of the one before", async (context) => {
  const { url, tls, resumed } = await serveSecurely(context, (_request, response) => response.end("ok"));

  for (let count = 0; count < 3; count++) assert.equal((await httpExchange(url, { timeoutMs, tls })).body, "ok");

  assert.deepEqual(resumed, [false, true, true]);
});

test("without the client's certificate no session of it is resumed, and the server refuses", async (context) => {
  const { url, tls, resumed } = await serveSecurely(context, (_request, response) => response.end("ok"));
  await httpExchange(url, { timeoutMs, tls });

  await assert.rejects(httpExchange(url, { timeoutMs, tls: { ca: tls.ca } }), /CERTIFICATE_REQUIRED|alert|ECONNRESET/i);

  assert.deepEqual(resumed, [false]);
});

test("a server whose certificate is another CA's by now is refused, session or not", async (context) => {
  const { url, tls, server } = await serveSecurely(context, (_request, response) => response.end("ok"));
  await httpExchange(url, { timeoutMs, tls });
  const other = makeCertificate(temporaryRoot(context), "other");
  await closed(server);
  const successor = createHttpsServer({ cert: other.certificate, key: other.key }, (_request, response) =>
    response.end("ok"),
  );
  context.after(() => successor.close());
  await new Promise<void>((resolve) => successor.listen(Number(url.port), "127.0.0.1", resolve));

  await assert.rejects(httpExchange(url, { timeoutMs, tls }), {
    code: /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
  });
});

test("with kept connections many exchanges share one connection, by client certificate", async (context) => {
  const { url, tls, resumed } = await serveSecurely(context, (_request, response) => response.end("ok"));
  const connections = createTlsConnections({ keep: 1 });
  context.after(connections.close);

  for (let count = 0; count < 3; count++) await httpExchange(url, { timeoutMs, tls, connections });
  const shared = resumed.length;
  await httpExchange(url, { timeoutMs, tls });

  assert.deepEqual([shared, resumed.length], [1, 2]);
});

test("a kept connection that the server ends instead of an answer is replaced, and the request made again", async (context) => {
  let requests = 0;
  const { url, tls, resumed } = await serveSecurely(context, (request, response) => {
    requests += 1;
    if (requests === 2) request.socket.destroy();
    else response.end(`answer ${requests}`);
  });
  const connections = createTlsConnections({ keep: 1 });
  context.after(connections.close);
  const ask = async (): Promise<string> => (await httpExchange(url, { timeoutMs, tls, connections })).body;

  assert.deepEqual([await ask(), await ask(), await ask()], ["answer 1", "answer 3", "answer 4"]);

  assert.equal(resumed.length, 3);
});

test("more identities at once than are remembered disturb no request", async (context) => {
  const { url, tls, resumed } = await serveSecurely(context, (_request, response) => {
    // all of them are under way by then
    const answerAll = (): void => void (resumed.length === count ? response.end("ok") : setImmediate(answerAll));
    answerAll();
  });
  const count = 40;
  const identities = Array.from({ length: count }, (_, index) => ({ ...tls, ca: `${tls.ca}${"\n".repeat(index)}` }));

  for (const connections of [undefined, createTlsConnections({ keep: 1 })]) {
    context.after(() => connections?.close());
    resumed.length = 0;
    const answers = await Promise.all(
      identities.map(async (own) => httpExchange(url, { timeoutMs, tls: own, connections })),
    );
    assert.deepEqual(new Set(answers.map(({ body }) => body)), new Set(["ok"]));
  }
});

test("a connection that ends at both tries is an error", async (context) => {
  const { url, tls, resumed } = await serveSecurely(context, (request) => request.socket.destroy());
  const connections = createTlsConnections({ keep: 1 });
  context.after(connections.close);

  await assert.rejects(httpExchange(url, { timeoutMs, tls, connections }), { code: "ECONNRESET" });

  assert.equal(resumed.length, 2);
});

test("what may be asked twice is asked again when it broke on its way, and nothing else is", async (context) => {
  const breaks: Readonly<Record<string, (response: ServerResponse) => void>> = {
    "closed without an answer": (response) => void response.socket?.destroy(),
    "cut within the body": (response) => response.write("half", () => response.socket?.destroy()),
    "no HTTP": (response) => void response.socket?.end("nonsense"),
  };
  for (const [name, breakOff] of Object.entries(breaks)) {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      if (requests === 1) breakOff(response);
      else response.end("whole");
    });
    const url = new URL(`http://127.0.0.1:${await listen(context, server)}/`);

    assert.equal((await httpExchange(url, { timeoutMs, repeatable: true })).body, "whole", name);
    requests = 0;
    await assert.rejects(httpExchange(url, { timeoutMs }), name);
    assert.equal(requests, 1, name);
  }
});

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
