import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { Secret } from "#shared/secret.ts";
import { createEtcdGateway } from "./gateway.ts";

function setUp(context: TestContext) {
  const pki = makeCertificate(temporaryRoot(context));
  const tls = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };
  const serve = async (listener: RequestListener): Promise<string> => {
    const options = { ca: pki.ca, cert: pki.certificate, key: pki.key, requestCert: true, rejectUnauthorized: true };
    return `https://127.0.0.1:${await listen(context, createServer(options, listener))}`;
  };
  return { serve, gateway: (...endpoints: readonly string[]) => createEtcdGateway({ endpoints, tls }) };
}

/** Each of four endpoints has a quarter of it. */
const options = { deadlineMs: 8000 };

test("a call is a POST of JSON by mutual TLS, and its answer comes back as data", async (context) => {
  const { serve, gateway } = setUp(context);
  const endpoint = await serve((request, response) => {
    void text(request).then((body) =>
      response.end(JSON.stringify({ saw: `${request.method} ${request.url} ${body}` })),
    );
  });

  const answer = await gateway(endpoint).call("lease/grant", { TTL: "30" }, options);

  assert.deepEqual(answer, { saw: 'POST /v3/lease/grant {"TTL":"30"}' });
});

test("a member that is away, silent or has no leader is passed over for the next", async (context) => {
  const { serve, gateway } = setUp(context);
  const silent = await serve(() => undefined);
  const leaderless = await serve((_request, response) => response.writeHead(503).end('{"message":"no leader"}'));
  const good = await serve((_request, response) => response.end("{}"));

  const answer = await gateway("https://127.0.0.1:1", silent, leaderless, good).call("kv/range", {}, options);

  assert.deepEqual(answer, {});
});

test("a learner, in the words of any version, is passed over for a member that votes", async (context) => {
  const { serve, gateway } = setUp(context);
  const said = '{"code":9,"message":"etcdserver: rpc not supported for learner"}';
  const old = await serve((_request, response) => response.writeHead(503).end(said));
  const late = await serve((_request, response) => response.writeHead(400).end(said));
  const good = await serve((_request, response) => response.end("{}"));

  assert.deepEqual(await gateway(old, late, good).call("kv/range", {}, options), {});
  await assert.rejects(gateway(late).call("kv/range", {}, options), { code: "ETCD_UNREACHABLE" });
});

test("a cluster that is not well enough for a change of members says so for all its members", async (context) => {
  const { serve, gateway } = setUp(context);
  const unwell = await serve((_request, response) =>
    response.writeHead(503).end('{"code":14,"message":"etcdserver: unhealthy cluster"}'),
  );
  const other = await serve(() => assert.fail("nobody else is asked"));

  await assert.rejects(gateway(unwell, other).call("cluster/member/add", {}, options), { code: "ETCD_REFUSED" });
});

test("a refusal is final, and no answer at all names every endpoint", async (context) => {
  const { serve, gateway } = setUp(context);
  const refuses = await serve((_request, response) => response.writeHead(400).end('{"message":"bad"}'));
  const good = await serve((_request, response) => response.end("{}"));
  const nonsense = await serve((_request, response) => response.end("<html>"));

  await assert.rejects(gateway(refuses, good).call("kv/txn", {}, options), {
    code: "ETCD_REFUSED",
    details: { call: "kv/txn", status: 400, reason: '{"message":"bad"}' },
  });
  await assert.rejects(gateway(nonsense).call("kv/txn", {}, options), { code: "ETCD_REFUSED" });
  await assert.rejects(
    gateway("https://127.0.0.1:1", "https://127.0.0.1:2").call("kv/txn", {}, options),
    /no etcd member answers/,
  );
});

test("an abort ends a call with its own reason", async (context) => {
  const { serve, gateway } = setUp(context);
  const silent = await serve(() => undefined);
  const abort = new AbortController();

  const call = gateway(silent).call("kv/range", {}, { deadlineMs: 60_000, signal: abort.signal });
  abort.abort(new Error("stop"));

  await assert.rejects(call, /stop/);
});
