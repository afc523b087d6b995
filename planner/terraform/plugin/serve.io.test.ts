// The provider as a process, called as Terraform calls it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, credentials } from "@grpc/grpc-js";
import { eventually } from "#lab/eventually.ts";
import { tryCommand } from "#lab/run-command.ts";
import { callerEnvironment } from "./handshake.ts";
import { ownCertificate } from "./own-certificate.ts";
import { startCaller } from "#planner/terraform/testing/caller.ts";
import type { Caller } from "#planner/terraform/testing/caller.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const command = [execPath, main] as const;

async function started(t: TestContext): Promise<{ readonly caller: Caller; readonly sockets: string }> {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-provider-"));
  t.after(() => rm(folder, { recursive: true }));
  const caller = await startCaller({ command, folder, environment: { PLUGIN_UNIX_SOCKET_DIR: folder } });
  t.after(() => void caller.child.kill("SIGKILL"));
  return { caller, sockets: folder };
}

test("a person who starts it by hand is told what it is", async () => {
  const { exitCode, stdout, stderr } = await tryCommand([...command]);

  assert.deepEqual([exitCode, stdout], [1, ""]);
  assert.match(stderr, /^terraform-provider-flexkube [0-9.]+\nIt is a provider: .*\n$/);
});

test("it tells its socket and certificate in one line, answers, and leaves nothing when it is asked to end", async (t) => {
  const { caller, sockets } = await started(t);

  const metadata = await caller.call("GetMetadata");
  const code = await caller.end();

  assert.match(caller.handshake, /^1\|6\|unix\|[^|]+\/socket\|grpc\|[A-Za-z0-9+/]+$/);
  assert.deepEqual(metadata["resources"], [{ type_name: "flexkube_cluster" }]);
  assert.equal(code, 0);
  assert.deepEqual(await readdir(sockets), []);
});

test("an interrupt, which reaches it with its caller, does not end it", async (t) => {
  const { caller } = await started(t);

  caller.child.kill("SIGINT");
  const answer = await caller.call("StopProvider");

  assert.deepEqual(answer, { Error: "" });
  assert.equal(await caller.end(), 0);
});

test("a caller with another certificate is not let in", async (t) => {
  const { caller } = await started(t);
  const [, , , socket = "", , certificate = ""] = caller.handshake.split("|");
  const other = ownCertificate(Date.now());
  const server = new X509Certificate(Buffer.from(certificate, "base64")).toString();
  const secure = credentials.createSsl(Buffer.from(server), Buffer.from(other.key), Buffer.from(other.certificate));
  const client = new Client(`unix:${socket}`, secure, { "grpc.ssl_target_name_override": "localhost" });
  t.after(() => client.close());

  const failure = new Promise((resolve) => client.waitForReady(Date.now() + 3000, resolve));

  assert.ok((await failure) instanceof Error);
});

test("it ends when its caller was killed", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-provider-"));
  t.after(() => rm(folder, { recursive: true }));
  const callerFile = fileURLToPath(new URL("../testing/caller.ts", import.meta.url));
  const script = `const { startCaller } = await import(${JSON.stringify(callerFile)});
const caller = await startCaller({ command: ${JSON.stringify(command)}, folder: ${JSON.stringify(folder)} });
await caller.call("GetMetadata");
console.log(caller.child.pid);
setInterval(() => undefined, 1000);`;
  const child = execFile(execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, ...callerEnvironment },
  });
  assert.ok(child.stdout !== null);
  const line = (await once(child.stdout, "data")).join("");
  const provider = Number(line);

  child.kill("SIGKILL");

  await eventually(() => Promise.resolve(!isRunning(provider)), { what: "the provider has ended", deadlineMs: 30_000 });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // no such process
    return false;
  }
}
