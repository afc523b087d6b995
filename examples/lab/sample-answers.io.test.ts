// The sampler against a server whose process has been replaced since a connection to it was kept.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { runCommand } from "./run-command.ts";

const program = fileURLToPath(new URL("sample-answers-program.ts", import.meta.url));

test("a kept connection that is cut when it is used again is no host that is down", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-sampled-"));
  const [key, cert, stop] = ["key.pem", "cert.pem", "stop"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const about = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1", "-nodes"];
  await runCommand(["openssl", "req", "-x509", "-newkey", "rsa:2048", ...about, "-keyout", key, "-out", cert]);
  const used = new WeakSet<object>();
  let [answered, cut] = [0, 0];
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (request, response) => {
    if (used.has(request.socket)) {
      cut += 1;
      request.socket.destroy();
      return;
    }
    used.add(request.socket);
    answered += 1;
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);

  const running = runCommand([execPath, program, stop, `https://127.0.0.1:${address.port}/readyz`], {
    env: { NODE_EXTRA_CA_CERTS: cert },
  });
  await eventually(() => answered > 3 && cut > 3, { what: "connections are used again and cut" });
  await writeFile(stop, "");

  assert.deepEqual(new Set((await running).trim().split("\n")), new Set(["1"]));
});
