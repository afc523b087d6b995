// What TLS refuses, told by side and reason, with real certificates and OpenSSL's own server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:https";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { test, type TestContext } from "node:test";
import { eventually } from "#lab/eventually.ts";
import { failureText } from "#agent/health/failure-text.ts";
import { freePort } from "#lab/free-port.ts";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate, type TestCertificate } from "#agent/testing/test-pki.ts";
import { refusalText } from "#shared/state/peer-refusal.ts";
import { httpExchange } from "./http-exchange.ts";
import { createTlsConnections } from "./tls-connections.ts";
import { tlsRefusal } from "./tls-refusal.ts";

/** A server that checks client certificates in the handshake and tells by alerts what it does not like, as etcd does. */
async function serve(context: TestContext, pki: TestCertificate, clientCa: string): Promise<URL> {
  const port = await freePort();
  const files = ["-cert", pki.certificateFile, "-key", pki.keyFile, "-CAfile", clientCa];
  const args = ["s_server", "-accept", `127.0.0.1:${port}`, "-Verify", "1", "-verify_return_error", "-www", ...files];
  const child = spawn("openssl", args, { stdio: "ignore" });
  context.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null) await once(child, "exit");
  });
  const listens = async (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port });
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  await eventually(listens, { what: "openssl listens" });
  return new URL(`https://127.0.0.1:${port}/`);
}

async function failure(url: URL, tls: { ca: string; certificate?: string; key?: string }): Promise<unknown> {
  return httpExchange(url, { timeoutMs: 5000, tls }).then(
    () => assert.fail("it was not refused"),
    (error: unknown) => error,
  );
}

test("a server's certificate of another CA, ended, or for another name is told as theirs", async (context) => {
  const directory = temporaryRoot(context);
  const asked = async (name: string, options: object, ca?: string): Promise<string> => {
    const pki = makeCertificate(directory, name, options);
    const server = createServer({ cert: pki.certificate, key: pki.key }, (_request, response) => response.end());
    const error = await failure(new URL(`https://127.0.0.1:${await listen(context, server)}/`), { ca: ca ?? pki.ca });
    const refusal = tlsRefusal(error);
    assert.ok(refusal);
    return refusalText(refusal, ["h2"]);
  };
  const { ca } = makeCertificate(directory, "ours");

  assert.equal(
    await asked("other", {}, ca),
    "h2 presents a certificate of another CA than this config's: was pki/ replaced?",
  );
  assert.equal(
    await asked("ended", { days: -1 }),
    "h2 presents a certificate that has ended. Deliver there what split renews, or set the clock right",
  );
  assert.equal(
    await asked("name", { subjectAltName: "IP:10.77.0.12,DNS:h2" }),
    "h2 presents a certificate for 10.77.0.12, h2, not for 127.0.0.1. Is another machine there?",
  );
});

test("a refusal of our certificate is told as ours: another CA, out of its validity, or none", async (context) => {
  const directory = temporaryRoot(context);
  const pki = makeCertificate(directory);
  const other = makeCertificate(directory, "other");
  const ended = makeCertificate(directory, "ended", { days: -1 });
  const url = await serve(context, pki, pki.caFile);
  const endedUrl = await serve(context, pki, ended.caFile);
  const text = async (at: URL, shown: Partial<TestCertificate>): Promise<string> => {
    const { certificate, key } = shown;
    const tls = { ca: pki.ca, ...(certificate === undefined || key === undefined ? {} : { certificate, key }) };
    return failureText(await failure(at, tls));
  };

  assert.equal(
    await text(url, other),
    "it refuses this host's certificate: it is of another CA than theirs. Was pki/ replaced?",
  );
  assert.match(
    await text(endedUrl, ended),
    /^it refuses this host's certificate: it is out of its validity \(\d{4}-.*Z\)/,
  );
  assert.equal(await text(url, {}), "it asks for a certificate, and this host shows none");
});

test("a connection that ends after the handshake, by a certificate for another address: the address is told", async (context) => {
  const directory = temporaryRoot(context);
  const pki = makeCertificate(directory, "test");
  const elsewhere = makeCertificate(directory, "elsewhere", { subjectAltName: "IP:10.77.0.12,DNS:h2" });
  // as etcd does: it compares the address with the certificate, and closes
  const server = createServer({ cert: pki.certificate, key: pki.key, ca: elsewhere.ca, requestCert: true });
  server.on("secureConnection", (socket) => socket.destroy());
  const url = new URL(`https://127.0.0.1:${await listen(context, server)}/`);

  const error = await failure(url, { ca: pki.ca, certificate: elsewhere.certificate, key: elsewhere.key });
  const own = await failure(url, { ca: pki.ca, certificate: pki.certificate, key: pki.key });

  const refusal = tlsRefusal(error, { self: "h2" });
  assert.ok(refusal);
  assert.equal(
    refusalText(refusal, ["h1", "h3"]),
    "h1, h3 refuse this host's certificate, which is for 10.77.0.12; this host has 127.0.0.1. Is this h2's machine?",
  );
  assert.equal(tlsRefusal(own), undefined, "a certificate for this address was not refused for it");
});

test("what TLS has no part in is no refusal", async () => {
  const away = await failure(new URL("https://127.0.0.1:1/"), { ca: "" });

  assert.equal(tlsRefusal(away), undefined);
  assert.equal(tlsRefusal("text"), undefined);
  assert.match(failureText(away), /ECONNREFUSED/);
});

test("requests on a kept connection leave nothing on it", async (context) => {
  const pki = makeCertificate(temporaryRoot(context));
  const sockets: TLSSocket[] = [];
  const server = createServer({ cert: pki.certificate, key: pki.key }, (_request, response) => response.end());
  const url = new URL(`https://127.0.0.1:${await listen(context, server)}/`);
  const connections = createTlsConnections({ keep: 1 });
  context.after(() => connections.close());
  const agent = connections.agentOf({ ca: pki.ca });
  agent.on("free", (socket: TLSSocket) => sockets.push(socket));

  for (let count = 0; count < 5; count++)
    assert.equal((await httpExchange(url, { timeoutMs: 5000, tls: { ca: pki.ca }, connections })).status, 200);

  assert.equal(new Set(sockets).size, 1);
  const [socket] = sockets;
  assert.deepEqual(
    ["connect", "secureConnect"].map((name) => socket?.listenerCount(name)),
    [0, 0],
  );
});
