// Of which clusters etcd's members are, as their clients hear it.
import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { Secret } from "#shared/secret.ts";
import { etcdClusters } from "./clusters.ts";

test("only who answers a read that needs a quorum has a cluster, by the id that etcd prints", async (context) => {
  const pki = makeCertificate(temporaryRoot(context));
  const asked: string[] = [];
  const serve = async (status: number, answer: unknown): Promise<string> => {
    const options = { ca: pki.ca, cert: pki.certificate, key: pki.key, requestCert: true, rejectUnauthorized: true };
    const server = createServer(options, (request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(status).end(JSON.stringify(answer));
    });
    return `https://127.0.0.1:${await listen(context, server)}`;
  };
  const header = { cluster_id: "14841639068965178418", member_id: "1" };
  const works = await serve(200, { header });
  const leaderless = await serve(503, { code: 14, message: "etcdserver: no leader" });
  const strange = await serve(200, { header: { cluster_id: 5 } });
  const endpoints = [works, leaderless, strange, "https://127.0.0.1:1"];
  const tls = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };

  assert.deepEqual([...(await etcdClusters({ endpoints, tls }, { deadlineMs: 5000 }))], [[works, "cdf818194e3a8c32"]]);
  assert.deepEqual([...new Set(asked)], ["/v3/kv/range"]);
  const aborted = AbortSignal.abort(new Error("stop"));
  await assert.rejects(etcdClusters({ endpoints, tls }, { deadlineMs: 5000, signal: aborted }), /stop/);
});
