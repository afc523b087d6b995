import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { test, type TestContext } from "node:test";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import type { EtcdStartRule } from "#shared/reconcile/desired.ts";
import { Secret } from "#shared/secret.ts";
import { gatherEtcdEvidence } from "./evidence.ts";

const listed = [
  { id: 1, name: "h1", peerURLs: ["https://10.0.0.1:2380"] },
  { id: 2, name: "h2", peerURLs: ["https://10.0.0.2:2380"], clientURLs: ["https://10.0.0.2:2379"] },
];

function setUp(context: TestContext) {
  const directory = temporaryRoot(context);
  const pki = makeCertificate(directory);
  const tls = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };
  /** A peer whose two ports are one here. */
  const serve = async (listener: RequestListener): Promise<string> => {
    const options = { ca: pki.ca, cert: pki.certificate, key: pki.key, requestCert: true, rejectUnauthorized: true };
    return `https://127.0.0.1:${await listen(context, createServer(options, listener))}`;
  };
  const rule = (urls: Readonly<Record<string, string>>): EtcdStartRule => ({
    name: "h1",
    peerUrl: "https://10.0.0.1:2380",
    dataDirectory: "/var/lib/etcd",
    initialCluster: "",
    token: "t",
    bootstrap: false,
    peers: Object.entries(urls).map(([name, url]) => ({ name, peerUrl: url, clientUrl: url })),
    tls,
  });
  return { directory, rule, serve };
}

function answers(bodies: Readonly<Record<string, unknown>>, status = 200): RequestListener {
  return (request, response) => response.writeHead(status).end(JSON.stringify(bodies[request.url ?? ""]));
}

test("a peer that answers gives its members and its health, by mutual TLS", async (context) => {
  const { rule, serve } = setUp(context);
  const h2 = await serve(answers({ "/members": listed, "/health": { health: "true" } }));

  const evidence = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: 2000 });

  assert.deepEqual(evidence, {
    peers: new Map([
      [
        "h2",
        [
          { name: "h1", peerUrls: ["https://10.0.0.1:2380"], clientUrls: [] },
          { name: "h2", peerUrls: ["https://10.0.0.2:2380"], clientUrls: ["https://10.0.0.2:2379"] },
        ],
      ],
    ]),
    healthy: ["h2"],
  });
});

test("a peer without quorum is heard and not healthy", async (context) => {
  const { rule, serve } = setUp(context);
  const h2 = await serve((request, response) => {
    if (request.url === "/members") response.end(JSON.stringify(listed));
    else response.writeHead(503).end('{"health":"false"}');
  });

  const evidence = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: 2000 });

  assert.equal(evidence.peers.get("h2")?.length, 2);
  assert.deepEqual(evidence.healthy, []);
});

test("a peer that is away, says nonsense, or is somebody else's is no evidence", async (context) => {
  const { directory, rule, serve } = setUp(context);
  const stranger = makeCertificate(directory, "stranger");
  const listener = answers({ "/members": listed, "/health": { health: "true" } });
  const urls = {
    away: "https://127.0.0.1:1",
    hangs: await serve(() => undefined),
    nonsense: await serve((_request, response) => response.end("<html>")),
    notAList: await serve(answers({ "/members": { members: [] }, "/health": [] })),
    oddMember: await serve(answers({ "/members": [{ name: 7 }], "/health": null })),
    refuses: await serve(answers({ "/members": listed, "/health": { health: "true" } }, 403)),
    stranger: `https://127.0.0.1:${await listen(context, createServer({ cert: stranger.certificate, key: stranger.key }, listener))}`,
  };

  const evidence = await gatherEtcdEvidence(rule(urls), { deadlineMs: 300 });

  assert.deepEqual([...evidence.peers.values()], Array<undefined>(7).fill(undefined));
  assert.deepEqual(evidence.healthy, []);
});

test("an abort ends the gathering with its own reason", async (context) => {
  const { rule, serve } = setUp(context);
  const hangs = await serve(() => undefined);
  const abort = new AbortController();

  const result = gatherEtcdEvidence(rule({ hangs }), { deadlineMs: 60_000, signal: abort.signal });
  abort.abort(new Error("stop"));

  await assert.rejects(result, /stop/);
});
