import assert from "node:assert/strict";
import { test } from "node:test";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { probeCri } from "#agent/facts/probe-cri.ts";
import { probeOnce } from "#agent/health/probe.ts";
import { createKubernetesConnections } from "#agent/kubernetes/connections.ts";
import { hostilities, serveHostile, type Hostility } from "#agent/testing/hostile-servers.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { Secret } from "#shared/secret.ts";
import { httpExchange } from "./http-exchange.ts";

/** Of an exchange; what it takes longer is the machine's. */
const timeoutMs = 150;
const patienceMs = 4000;
const never = new AbortController().signal;

/** Fails when `act` is not over in time; node's timers keep the process alive for it. */
async function ends<T>(act: Promise<T>, name: string): Promise<T | Error> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `${name}: it never ended` })), patienceMs);
  });
  const settled = act.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return Promise.race([settled, late]).finally(() => clearTimeout(timer));
}

test("an exchange ends whatever the server does, by its deadline or by the signal", async (context) => {
  await ofEach(async (name, hostility) => {
    const url = new URL(`http://127.0.0.1:${await serveHostile(context, hostility)}/`);
    await ends(httpExchange(url, { timeoutMs }), name);
    const reason = new Error("the agent ends");
    await ends(httpExchange(url, { timeoutMs: 60_000, signal: abortedSoon(reason) }), `${name}, aborted`);
  });
});

test("over TLS a handshake that never ends, or that is none, ends", async (context) => {
  await ofEach(async (name, hostility) => {
    const url = new URL(`https://127.0.0.1:${await serveHostile(context, hostility)}/`);
    assert.ok((await ends(httpExchange(url, { timeoutMs }), name)) instanceof Error, name);
  });
});

test("a switch of protocols is an answer like any other", async (context) => {
  for (const name of ["switches protocols", "switches protocols and goes on", "switches protocols and closes"]) {
    const url = new URL(`http://127.0.0.1:${await serveHostile(context, hostilities[name] ?? assert.fail())}/`);

    const answer = await httpExchange(url, { timeoutMs: 10_000 });

    const { headers: _headers, ...rest } = answer;
    assert.deepEqual(rest, { status: 101, body: "", truncated: false }, name);
  }
});

test("a probe has its result whatever answers", async (context) => {
  const clock = { now: () => 0, sleep: async () => Promise.resolve() };
  const container = { state: "running", restartCount: 0 };
  await ofEach(async (name, hostility) => {
    const port = await serveHostile(context, hostility);
    const base = { threshold: 1, interval: "1s", timeout: `${timeoutMs}ms`, settle: "1s", deadline: "10s" } as const;
    const http = { address: "127.0.0.1", port, path: "/", scheme: "http", status: 222 } as const;
    const result = await ends(probeOnce({ ...base, http }, container, { clock }), name);
    assert.ok(!(result instanceof Error) && !result.healthy, name);
  });
});

test("a container runtime that answers anything speaks no CRI as far as is known", async (context) => {
  await ofEach(async (name, hostility) => {
    const path = `${temporaryRoot(context)}/cri.sock`;
    await serveHostile(context, hostility, path);
    assert.equal(await ends(probeCri(path, { timeoutMs }), name), "unknown", name);
  });
});

test("etcd and the Kubernetes API are unreachable or refuse, and never a bug of ours", async (context) => {
  const pki = makeCertificate(temporaryRoot(context));
  const credentials = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };
  const connections = createKubernetesConnections();
  context.after(connections.close);
  await ofEach(async (name, hostility) => {
    const server = `http://127.0.0.1:${await serveHostile(context, hostility)}`;
    const etcd = createEtcdGateway({ endpoints: [server], tls: credentials });
    const api = connections.connect({ server, ...credentials });

    const member = await ends(etcd.call("cluster/member/list", {}, { deadlineMs: timeoutMs }), name);
    const node = await ends(api.request({ method: "GET", path: "/api/v1/nodes/h1" }, never), name);

    if (member instanceof Error) assert.ok(isFlexkubeError(member) && member.code.startsWith("ETCD_"), String(member));
    if (node instanceof Error) assert.ok(isFlexkubeError(node) && node.code.startsWith("KUBERNETES_"), String(node));
  });
});

async function ofEach(act: (name: string, hostility: Hostility) => Promise<void>): Promise<void> {
  await Promise.all(Object.entries(hostilities).map(async ([name, hostility]) => act(name, hostility)));
}

function abortedSoon(reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), timeoutMs);
  return controller.signal;
}
