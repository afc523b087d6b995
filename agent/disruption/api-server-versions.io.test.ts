// What API servers say of their versions, asked over mutual TLS.
import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { listen } from "#agent/testing/listen.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { Secret } from "#shared/secret.ts";
import { apiServerVersions } from "./api-server-versions.ts";

test("each API server is asked by our certificate; what is no API server, or is away, is left out", async (context) => {
  const pki = makeCertificate(temporaryRoot(context));
  const server = async (status: number, body: string): Promise<string> =>
    `https://127.0.0.1:${await listen(
      context,
      createServer(
        { cert: pki.certificate, key: pki.key, ca: pki.ca, requestCert: true, rejectUnauthorized: true },
        (request, response) =>
          response.writeHead(request.url === "/version" ? status : 404, { connection: "close" }).end(body),
      ),
    )}/version`;
  const other = makeCertificate(temporaryRoot(context), "other");
  const stranger = createServer({ cert: other.certificate, key: other.key }, (_request, response) => response.end());
  const servers = {
    stranger: `https://127.0.0.1:${await listen(context, stranger)}/`,
    h1: await server(200, JSON.stringify({ major: "1", minor: "37+", gitVersion: "v1.37.0-rc.1+vendor" })),
    h2: await server(200, JSON.stringify({ gitVersion: "v1.36.3", emulationMinor: "35" })),
    refuses: await server(403, JSON.stringify({ gitVersion: "v1.36.3" })),
    other: await server(200, "<html>"),
    away: "https://127.0.0.1:1/version",
  };
  const rule = {
    servers: Object.entries(servers).map(([name, url]) => ({ name, url })),
    ca: pki.ca,
    certificate: pki.certificate,
    key: new Secret(pki.key),
  };

  const found = await apiServerVersions(rule, { deadlineMs: 5000 });

  assert.deepEqual([...found.versions], Object.entries({ h1: "1.37", h2: "1.36" }));
  assert.deepEqual([...found.refusals.keys()], ["stranger"]);
});

test("it ends with the signal's reason", async (context: TestContext) => {
  const pki = makeCertificate(temporaryRoot(context));
  const silent = await listen(
    context,
    createServer({ cert: pki.certificate, key: pki.key }, () => undefined),
  );
  const rule = {
    servers: [{ name: "h1", url: `https://127.0.0.1:${silent}/version` }],
    ca: pki.ca,
    certificate: pki.certificate,
    key: new Secret(pki.key),
  };
  const stop = new AbortController();
  const asked = apiServerVersions(rule, { deadlineMs: 60_000, signal: stop.signal });

  stop.abort(new Error("enough"));

  await assert.rejects(asked, /enough/);
});
