// A registry on this machine: what is asked over a real connection, and what is too much.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { askDigest } from "./ask-digest.ts";
import { askRegistry, askWithin } from "#planner/io/ask-registry.ts";

const digest = `sha256:${"ab".repeat(32)}`;

async function serving(context: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  // a server on a port has this kind of address
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a digest is had from a registry with a password", { timeout: 60_000 }, async (context) => {
  const wanted = `Basic ${Buffer.from("reader:correct horse").toString("base64")}`;
  const host = await serving(context, ({ url, headers }, response) => {
    const isAllowed = headers.authorization === wanted;
    const status = !isAllowed ? 401 : url === "/v2/tools/busybox/manifests/1" ? 200 : 404;
    response.writeHead(status, { "docker-content-digest": digest, "www-authenticate": 'Basic realm="test"' });
    response.end();
  });
  const reader = { username: "reader", password: "correct horse" };

  assert.equal(await askDigest(`${host}/tools/busybox:1`, reader, askRegistry), digest);
  await assert.rejects(askDigest(`${host}/tools/busybox:2`, reader, askRegistry), /has no such image or tag/);
  await assert.rejects(askDigest(`${host}/tools/busybox:1`, undefined, askRegistry), /wants credentials/);
});

test("an answer that does not end, or that nobody gives, is an error", { timeout: 60_000 }, async (context) => {
  const host = await serving(context, ({ method }, response) => {
    response.writeHead(200);
    if (method === "HEAD") response.end();
    else {
      const more = (): void =>
        void (response.write(Buffer.alloc(65_536)) ? setImmediate(more) : response.once("drain", more));
      response.once("close", () => response.destroy());
      more();
    }
  });

  await assert.rejects(
    askDigest(`${host}/a:1`, undefined, askRegistry),
    /^Error: 127\.0\.0\.1:\d+: its answer is too long$/,
  );
  await assert.rejects(
    askDigest("127.0.0.1:1/a:1", undefined, askRegistry),
    /^Error: 127\.0\.0\.1:1 cannot be reached: nothing listens there \(ECONNREFUSED\)$/,
  );
});

test("a registry that takes the connection and says nothing is given up", { timeout: 60_000 }, async (context) => {
  const host = await serving(context, () => undefined);

  await assert.rejects(askDigest(`${host}/a:1`, undefined, askWithin(500)), /gives no answer within 0\.5 s$/);
});
