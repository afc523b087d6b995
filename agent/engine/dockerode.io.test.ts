// How DockerodeEngine meets engines that hang, break off or answer oddly: a server on a socket plays the engine.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { DockerodeEngine } from "./dockerode.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An engine whose version is as given, and which answers everything else by `answer`. */
async function engineWith(t: TestContext, answer: Answer, version: object = { ApiVersion: "1.44" }) {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-engine-"));
  const socketPath = join(directory, "engine.sock");
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url === "/version") response.end(JSON.stringify(version));
    else answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(socketPath, resolve);
  });
  const engine = new DockerodeEngine({ socketPath });
  t.after(async () => {
    engine.close();
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });
  return { engine, requests, server };
}

test("a socket that is not there is ENGINE_UNREACHABLE with a hint", async () => {
  const engine = new DockerodeEngine({ socketPath: "/nonexistent/engine.sock" });

  await assert.rejects(engine.list(), (error: { code?: string; details?: { reason?: string } }) => {
    assert.equal(error.code, "ENGINE_UNREACHABLE");
    assert.match(error.details?.reason ?? "", /does not exist/);
    return true;
  });
});

test("an engine that accepts and never answers is ENGINE_TIMEOUT at the deadline", async (t) => {
  const { engine } = await engineWith(t, () => undefined);

  await assert.rejects(engine.inspect("x", { deadlineMs: 50 }), {
    code: "ENGINE_TIMEOUT",
    details: { call: "inspect", afterMs: 50 },
  });
});

test("an engine that hangs in the middle of its answer is ENGINE_TIMEOUT too", async (t) => {
  const { engine } = await engineWith(t, (_request, response) => void response.write('[{"Id":'));

  await assert.rejects(engine.list({ deadlineMs: 50 }), { code: "ENGINE_TIMEOUT" });
});

test("an engine that closes the connection without an answer is ENGINE_UNREACHABLE", async (t) => {
  const { engine } = await engineWith(t, (request) => request.destroy());

  await assert.rejects(engine.list(), { code: "ENGINE_UNREACHABLE" });
});

test("an engine that breaks its answer off is ENGINE_UNREACHABLE", async (t) => {
  const { engine } = await engineWith(t, (request, response) => {
    response.write('[{"Id":', () => request.destroy());
  });

  await assert.rejects(engine.list(), { code: "ENGINE_UNREACHABLE" });
});

test("an aborted call rejects with the signal's reason", async (t) => {
  const { engine } = await engineWith(t, () => undefined);
  const reason = new Error("shutting down");

  await assert.rejects(engine.list({ signal: AbortSignal.abort(reason) }), reason);
  const abort = new AbortController();
  const call = assert.rejects(engine.list({ signal: abort.signal }), reason);
  abort.abort(reason);
  await call;
});

test("an answer that is not understood is ENGINE_UNSUPPORTED", async (t) => {
  const { engine } = await engineWith(t, (_request, response) => void response.end('[{"Name":"x"}]'));

  await assert.rejects(engine.list(), { code: "ENGINE_UNSUPPORTED" });
});

test("an error's text comes without the client's decoration", async (t) => {
  const { engine } = await engineWith(t, (_request, response) => {
    response.writeHead(500).end('{"message":"no space left on device"}');
  });

  await assert.rejects(engine.start("x"), {
    code: "ENGINE_REFUSED",
    details: { call: "start", status: 500, reason: "no space left on device" },
  });
});

test("404 is ENGINE_NOT_FOUND, 409 ENGINE_CONFLICT, 304 success", async (t) => {
  let status = 404;
  const { engine } = await engineWith(t, (_request, response) => void response.writeHead(status).end());

  await assert.rejects(engine.start("x"), { code: "ENGINE_NOT_FOUND" });
  status = 409;
  await assert.rejects(engine.start("x"), { code: "ENGINE_CONFLICT" });
  status = 304;
  await engine.start("x");
  await engine.stop("x", 1);
});

test("a removal is success when it is gone or another removal is under way", async (t) => {
  let status = 404;
  const { engine } = await engineWith(
    t,
    (_request, response) => void response.writeHead(status).end('{"message":"x"}'),
  );

  await engine.remove("x");
  status = 409;
  await engine.remove("x");
  status = 500;
  await assert.rejects(engine.remove("x"), { code: "ENGINE_REFUSED" });
});

test("the version is asked for once, and calls share a connection", async (t) => {
  const { engine, requests, server } = await engineWith(t, (_request, response) => void response.end("[]"));
  let connections = 0;
  server.on("connection", () => (connections += 1));

  await engine.list();
  await engine.list();
  await engine.list({ label: "a=b" });

  assert.deepEqual(requests, [
    "GET /version",
    "GET /v1.44/containers/json?all=true",
    "GET /v1.44/containers/json?all=true",
    `GET /v1.44/containers/json?all=true&filters=${encodeURIComponent('{"label":["a=b"]}')}`,
  ]);
  assert.equal(connections, 1);
});

test("after an unreachable engine the version is asked for again", async (t) => {
  let broken = true;
  const { engine, requests } = await engineWith(t, (request, response) => {
    if (broken) request.destroy();
    else response.end("[]");
  });

  await assert.rejects(engine.list(), { code: "ENGINE_UNREACHABLE" });
  broken = false;
  await engine.list();

  assert.equal(requests.filter((request) => request === "GET /version").length, 2);
});

test("an engine that is too old or too new is ENGINE_UNSUPPORTED", async (t) => {
  const old = await engineWith(t, () => undefined, { ApiVersion: "1.40" });
  const future = await engineWith(t, () => undefined, { ApiVersion: "1.99", MinAPIVersion: "1.60" });

  await assert.rejects(old.engine.list(), { code: "ENGINE_UNSUPPORTED" });
  await assert.rejects(future.engine.list(), { code: "ENGINE_UNSUPPORTED" });
});

test("create sends its body as body and only the name as query", async (t) => {
  let body = "";
  const { engine, requests } = await engineWith(t, (request, response) => {
    void buffer(request).then((sent) => {
      body = sent.toString();
      response.writeHead(201).end('{"Id":"made"}');
    });
  });

  const id = await engine.create({
    name: "etcd",
    spec: plainSpec({ image: "etcd:1" }),
    labels: { a: "b" },
    restart: "always",
    resources: {},
  });

  assert.equal(id, "made");
  assert.equal(requests.at(-1), "POST /v1.44/containers/create?name=etcd");
  assert.match(body, /"Image":"etcd:1"/);
});

test("a pull reports its layers, and fails by what the answer says", async (t) => {
  const lines = [
    { status: "Pulling from x", id: "1" },
    { status: "Pulling fs layer", id: "aa" },
    { status: "Downloading", id: "aa", progressDetail: { current: 10, total: 20 } },
    { status: "Pull complete", id: "aa" },
  ];
  let failing = false;
  const { engine, requests } = await engineWith(t, (_request, response) => {
    for (const line of lines) response.write(`${JSON.stringify(line)}\r\n`);
    response.end(failing ? '{"errorDetail":{"message":"no such host"},"error":"no such host"}' : "");
  });
  const seen: unknown[] = [];

  await engine.pullImage("registry:5000/x", undefined, { onProgress: (progress) => seen.push(progress) });
  failing = true;
  await assert.rejects(engine.pullImage("x@sha256:12", undefined), {
    code: "ENGINE_REFUSED",
    details: { call: "pullImage", status: 200, reason: "no such host" },
  });

  assert.deepEqual(seen.at(-1), { layers: 1, layersDone: 1, bytes: 10 });
  assert.deepEqual(requests.slice(1), [
    `POST /v1.44/images/create?fromImage=${encodeURIComponent("registry:5000/x")}&tag=latest`,
    `POST /v1.44/images/create?fromImage=x&tag=${encodeURIComponent("sha256:12")}`,
  ]);
});

test("a pull's credentials travel in the header only", async (t) => {
  let header: unknown;
  const { engine, requests } = await engineWith(t, (request, response) => {
    header = request.headers["x-registry-auth"];
    response.end();
  });

  await engine.pullImage("r.example/x:1", { server: "r.example", username: "u", password: "hunter2" });

  const told = Buffer.from(String(header), "base64url").toString();
  assert.deepEqual(JSON.parse(told), { username: "u", password: "hunter2", serveraddress: "r.example" });
  assert.ok(!requests.join().includes("hunter2"));
});

test("an image reference goes into the path as it is written", async (t) => {
  const { engine, requests } = await engineWith(t, (_request, response) => void response.end('{"Id":"sha256:1"}'));

  await engine.inspectImage("registry:5000/a/b:1");

  assert.equal(requests.at(-1), "GET /v1.44/images/registry:5000/a/b:1/json");
});

test("a load is refused by an error in its answer", async (t) => {
  const { engine } = await engineWith(t, (request, response) => {
    request.resume().on("end", () => response.end('{"error":"unexpected EOF"}'));
  });

  await assert.rejects(engine.loadImage(Readable.from([Buffer.from("tar")])), { code: "ENGINE_REFUSED" });
});

test("events end with the signal, and are ENGINE_UNREACHABLE when the engine ends them", async (t) => {
  const event = { Type: "container", Action: "die", Actor: { ID: "1", Attributes: { name: "etcd", a: "b" } } };
  let ends = false;
  const { engine } = await engineWith(t, (_request, response) => {
    response.write(`${JSON.stringify(event)}\n`);
    if (ends) response.end();
  });
  const abort = new AbortController();
  const seen: unknown[] = [];

  for await (const one of engine.events({ signal: abort.signal })) {
    seen.push(one);
    abort.abort();
  }
  ends = true;
  const rest = Readable.from(engine.events()).toArray();

  assert.deepEqual(seen, [{ action: "die", containerId: "1", name: "etcd", labels: { a: "b" } }]);
  await assert.rejects(rest, { code: "ENGINE_UNREACHABLE" });
});

for (const [what, from, to, words] of [
  [
    "newer",
    { ApiVersion: "1.41" },
    { ApiVersion: "1.52", MinAPIVersion: "1.44" },
    "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version",
  ],
  [
    "older",
    { ApiVersion: "1.51" },
    { ApiVersion: "1.41" },
    "client version 1.51 is too new. Maximum supported API version is 1.41",
  ],
] as const)
  test(`an engine that became a ${what} one is spoken to in its own version, and a change is made once`, async (t) => {
    const version: Record<string, string> = { ...from };
    let done = 0;
    const { engine, requests } = await engineWith(
      t,
      ({ url }, response) => {
        if (url?.startsWith(`/v${from.ApiVersion}/`) === true && version["ApiVersion"] !== from.ApiVersion) {
          response.statusCode = 400;
          response.end(JSON.stringify({ message: words }));
          return;
        }
        done += 1;
        response.end("[]");
      },
      version,
    );
    await engine.list();
    Object.assign(version, to);

    await engine.rename("x", "y");
    await engine.putArchive("x", "/", new Uint8Array(1024));
    await engine.list();

    assert.equal(done, 4);
    assert.equal(requests.filter((request) => request.includes("/version")).length, 2);
  });
