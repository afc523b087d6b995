// The API client against a server that speaks TLS as an API server does.
import assert from "node:assert/strict";
import { createServer } from "node:https";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { FakeKubernetes } from "#agent/testing/fake-kubernetes.ts";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import type { DesiredApi } from "#shared/state/desired-api.ts";
import { Secret } from "#shared/secret.ts";
import { createKubernetesConnections, type KubernetesConnections } from "./connections.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

const { signal } = new AbortController();

type Served = {
  readonly client: KubernetesClient;
  readonly kubernetes: FakeKubernetes;
  readonly api: DesiredApi;
  readonly connections: KubernetesConnections;
};

/** `answer`: what is sent instead of the fake's answer. */
async function serve(context: TestContext, answer?: string): Promise<Served> {
  const pki = makeCertificate(temporaryRoot(context));
  const kubernetes = new FakeKubernetes();
  const tls = { cert: pki.certificate, key: pki.key, ca: pki.ca, requestCert: true, rejectUnauthorized: true };
  const server = createServer(tls, (request, response) => {
    void text(request).then((body) => {
      const { method = "GET", url: path = "/" } = request;
      const headers = { accept: request.headers.accept ?? "", "content-type": request.headers["content-type"] ?? "" };
      const reply = kubernetes.handle({ method, path, headers, body: body === "" ? undefined : body });
      response.writeHead(reply.status).end(answer ?? reply.body);
    });
  });
  const port = await listen(context, server);
  const api: DesiredApi = {
    server: `https://127.0.0.1:${port}`,
    ca: pki.ca,
    certificate: pki.certificate,
    key: new Secret(pki.key),
  };
  const connections = createKubernetesConnections();
  context.after(connections.close);
  return { client: connections.connect(api), kubernetes, api, connections };
}

test("an object is read and patched by mutual TLS", async (context) => {
  const { client, kubernetes } = await serve(context);
  kubernetes.edit("/api/v1/nodes/h1", { metadata: { labels: { old: "1" } } });
  const path = "/api/v1/nodes/h1";

  const body = { metadata: { labels: { old: null, role: "ü" } } };
  await client.request({ method: "PATCH", path, format: "merge-patch", body }, signal);
  const read = await client.request({ method: "GET", path }, signal);

  assert.deepEqual(read, kubernetes.object(path));
  assert.deepEqual(kubernetes.object(path)?.["metadata"], {
    name: "h1",
    uid: "uid-101",
    resourceVersion: "102",
    creationTimestamp: "2026-01-01T00:00:00Z",
    managedFields: [],
    labels: { role: "ü" },
  });
});

test("not found, conflict and other refusals are told apart, with the API's own words", async (context) => {
  const { client, kubernetes } = await serve(context);
  const path = "/api/v1/nodes/h1";
  kubernetes.edit(path, {});
  kubernetes.refusals.set("GET /api/v1/secrets", 403);

  await assert.rejects(client.request({ method: "GET", path: "/api/v1/nodes/h2" }, signal), {
    code: "KUBERNETES_NOT_FOUND",
    details: { call: "GET /api/v1/nodes/h2", reason: "/api/v1/nodes/h2 not found" },
  });
  const stale = { metadata: { resourceVersion: "1" } };
  await assert.rejects(client.request({ method: "PATCH", path, format: "merge-patch", body: stale }, signal), {
    code: "KUBERNETES_CONFLICT",
  });
  await assert.rejects(client.request({ method: "GET", path: "/api/v1/secrets" }, signal), {
    code: "KUBERNETES_REFUSED",
    details: {
      call: "GET /api/v1/secrets",
      status: 403,
      reason: "refused by the test: GET /api/v1/secrets",
    },
  });
});

test("a server of another CA, one that is away, and one that is no API are unreachable", async (context) => {
  const { api, connections } = await serve(context, "<html>");
  const other = makeCertificate(temporaryRoot(context));
  const reject = async (changed: DesiredApi, reason: RegExp): Promise<void> => {
    await assert.rejects(connections.connect(changed).request({ method: "GET", path: "/api/v1" }, signal), (error) => {
      assert.ok(error instanceof Error && "code" in error && "details" in error);
      assert.equal(error.code, "KUBERNETES_UNREACHABLE");
      assert.match(JSON.stringify(error.details), reason);
      return true;
    });
  };

  await reject({ ...api, ca: other.ca }, /presents a certificate of another CA than this config/);
  await reject({ ...api, server: "https://127.0.0.1:1" }, /ECONNREFUSED/);
  await reject(api, /no JSON/);
});

test("an abort ends a request with its reason", async (context) => {
  const { client } = await serve(context);
  const reason = new Error("the agent ends");

  await assert.rejects(client.request({ method: "GET", path: "/api/v1" }, AbortSignal.abort(reason)), reason);
});
