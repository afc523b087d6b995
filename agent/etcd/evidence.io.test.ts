import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { test, type TestContext } from "node:test";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import type { EtcdStartRule } from "#shared/state/desired.ts";
import { Secret } from "#shared/secret.ts";
import { gatherEtcdEvidence } from "./evidence.ts";

/** Longer than a busy machine takes for anything here, client and servers being one thread. */
const plentyMs = 60_000;
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

type Answers = Readonly<Record<string, unknown>>;

function answers(bodies: Answers, { status = 200, cluster = "7f" } = {}): RequestListener {
  return (request, response) =>
    response.writeHead(status, { "X-Etcd-Cluster-Id": cluster }).end(JSON.stringify(bodies[request.url ?? ""]));
}

const healthy = { "/members": listed, "/health": { health: "true" }, "/version": { etcdcluster: "3.5.0" } };

test("a peer that answers gives its members, its cluster and its health, by mutual TLS", async (context) => {
  const { rule, serve } = setUp(context);
  const h2 = await serve(answers({ ...healthy, "/members": [listed[0]] }));

  const evidence = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: plentyMs });

  assert.deepEqual(evidence, {
    peers: new Map([["h2", [{ name: "h1", peerUrls: ["https://10.0.0.1:2380"], clientUrls: [] }]]]),
    healthy: ["h2"],
    self: undefined,
    clusterIds: new Map([["h2", "7f"]]),
    clusterVersion: "3.5",
    refusals: new Map(),
  });
});

test("this host's own member tells its list too, and who is a learner; of several versions the oldest counts", async (context) => {
  const { rule, serve } = setUp(context);
  const h1 = await serve(
    answers({ "/members": [{ ...listed[0], isLearner: true }], "/version": { etcdcluster: "3.6.0" } }),
  );
  const h2 = await serve(answers({ "/members": [], "/version": { etcdcluster: "3.5.0" } }, { cluster: "8a" }));

  const evidence = await gatherEtcdEvidence({ ...rule({ h2 }), peerUrl: h1 }, { deadlineMs: plentyMs });

  assert.deepEqual(evidence.self, [
    { name: "h1", peerUrls: ["https://10.0.0.1:2380"], clientUrls: [], isLearner: true },
  ]);
  assert.deepEqual(
    [...(evidence.clusterIds ?? [])],
    [
      ["h1", "7f"],
      ["h2", "8a"],
    ],
  );
  assert.equal(evidence.clusterVersion, "3.5");
});

test("members that one of them has never joined have no version yet: their leader says 3.0 until then", async (context) => {
  const { rule, serve } = setUp(context);
  const h2 = await serve(answers({ ...healthy, "/version": { etcdserver: "3.5.35", etcdcluster: "3.0.0" } }));

  assert.equal((await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: plentyMs })).clusterVersion, undefined);
});

test("of a restore: who is said to be lost and takes connections is there, and the former cluster's version says nothing", async (context) => {
  const { rule, serve } = setUp(context);
  const there = await serve((_request, response) => response.writeHead(404).end());
  const nobody = "https://127.0.0.1:1";
  const lost = [
    { name: "h2", peerUrl: nobody, clientUrl: there },
    { name: "h3", peerUrl: nobody, clientUrl: nobody },
    { name: "h4", peerUrl: there, clientUrl: nobody },
    { name: "h5", peerUrl: "https://[::1]:1", clientUrl: nobody },
  ];
  const restore = { id: "", number: 1, sha256: "", clusterId: "", ownClusterId: "", open: true, lost };
  const asked = { ...rule({}), restore: { ...restore, directories: [], etcdutl: "" } };

  const h2 = await serve(answers({ ...healthy, "/version": { etcdcluster: "3.6.0" } }));
  const versionFor = async (clusterId: string) =>
    (
      await gatherEtcdEvidence(
        { ...rule({ h2 }), restore: { ...asked.restore, lost: [], clusterId } },
        { deadlineMs: plentyMs },
      )
    ).clusterVersion;
  assert.deepEqual([await versionFor("7f"), await versionFor("8a")], ["3.6", undefined]);
  assert.deepEqual((await gatherEtcdEvidence(asked, { deadlineMs: plentyMs })).lostThere, ["h2", "h4"]);
  assert.equal((await gatherEtcdEvidence(rule({}), { deadlineMs: plentyMs })).lostThere, undefined);
});

test("members that only the lists have are asked too, and those that the config has at other addresses", async (context) => {
  const { rule, serve } = setUp(context);
  const h2 = await serve((request, response) => {
    const all = [
      { name: "h2", peerURLs: [`https://${request.headers.host}`], clientURLs: [moved] },
      { name: "h9", peerURLs: ["https://10.0.0.9:2380"], clientURLs: [extra, "nonsense"] },
      { name: "h8", peerURLs: ["https://10.0.0.8:2380"], clientURLs: ["https://127.0.0.1:1"] },
    ];
    if (request.url === "/members") response.end(JSON.stringify(all));
    else response.writeHead(503).end("{}");
  });
  const moved = await serve(answers({ "/health": { health: "true" } }));
  const extra = await serve(answers({ "/health": { health: "true" } }));

  const evidence = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: plentyMs });

  assert.deepEqual(evidence.healthy, ["h2", "h9"]);
});

test("a list of thousands of members does not have thousands of servers asked", async (context) => {
  const { rule, serve } = setUp(context);
  let asked = 0;
  const others = await serve((_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ health: "true" }));
  });
  const urls = (name: string): readonly string[] => Array.from({ length: 10 }, (_, n) => `${others}/${name}/${n}`);
  const many = Array.from({ length: 200 }, (_, n) => ({ name: `m${n}`, peerURLs: [], clientURLs: urls(`m${n}`) }));
  const h2 = await serve(answers({ ...healthy, "/members": many }));

  const { healthy: found } = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: plentyMs });

  assert.equal(found.length, 33);
  assert.equal(asked, 128);
});

test("a peer without quorum is heard and not healthy", async (context) => {
  const { rule, serve } = setUp(context);
  const h2 = await serve((request, response) => {
    if (request.url === "/members") response.end(JSON.stringify(listed));
    else response.writeHead(503).end('{"health":"false"}');
  });

  const evidence = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: plentyMs });

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
    notAList: await serve(answers({ "/members": { members: [] }, "/health": [], "/version": 7 })),
    oddMember: await serve(answers({ "/members": [{ name: 7 }], "/health": null })),
    refuses: await serve(answers({ "/members": listed, "/health": { health: "true" } }, { status: 403 })),
    stranger: `https://127.0.0.1:${await listen(context, createServer({ cert: stranger.certificate, key: stranger.key }, listener))}`,
  };

  const evidence = await gatherEtcdEvidence(rule(urls), { deadlineMs: 4000 });

  assert.deepEqual([...evidence.peers.values()], Array<undefined>(7).fill(undefined));
  assert.deepEqual(
    [...(evidence.refusals ?? [])],
    [
      [
        "stranger",
        { certificate: "theirs", why: "other-ca", detail: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", wanted: undefined },
      ],
    ],
  );
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

test("an empty list is none: a peer that has just begun knows nobody yet", async (context) => {
  const { rule, serve } = setUp(context);
  const h2 = await serve(answers({ ...healthy, "/members": [] }));

  const evidence = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: plentyMs });

  assert.equal(evidence.peers.get("h2"), undefined);
});

test("two members of one name are asked each for itself", async (context) => {
  const { rule, serve } = setUp(context);
  const sick = await serve(answers({ "/health": { health: "false" } }));
  const well = await serve(answers({ "/health": { health: "true" } }));
  const h2 = await serve(
    answers({
      ...healthy,
      "/members": [
        ...listed,
        { id: 3, name: "x", peerURLs: ["https://10.0.0.8:2380"], clientURLs: [sick] },
        { id: 4, name: "x", peerURLs: ["https://10.0.0.9:2380"], clientURLs: [well] },
      ],
    }),
  );

  const { healthy: names } = await gatherEtcdEvidence(rule({ h2 }), { deadlineMs: plentyMs });

  assert.ok(names.includes("x at https://10.0.0.9:2380"));
  assert.ok(!names.includes("x at https://10.0.0.8:2380") && !names.includes("x"));
});
