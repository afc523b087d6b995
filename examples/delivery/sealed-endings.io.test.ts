// Sealed host configs on standard input, and what the README says when the key for recovery is lost or sealing is to end.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { armor } from "age-encryption";
import { runCommand, tryCommand } from "#lab/run-command.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const directory = await mkdtemp(join(tmpdir(), "flexkube-sealed-"));
const state = join(directory, "var");
const sealed = join(directory, "sealed/h1.age");
const recovery = join(directory, "pki/delivery/recovery.pub");
const text = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.0.0.1 }
containers:
  web: { hosts: all, image: "nginx:1" }
`;

after(async () => rm(directory, { recursive: true, force: true }));

async function split(...more: readonly string[]): Promise<string> {
  return runCommand(["env", "-C", directory, execPath, join(project, "planner/main.ts"), "split", ...more]);
}

/** What the agent says of a config on standard input. */
async function said(input: string | Uint8Array, ...more: readonly string[]): Promise<string> {
  const args = ["validate", "--config", "-", "--state", state, "--host", "h1", ...more];
  const { exitCode, stdout, stderr } = await tryCommand([execPath, join(project, "agent/main.ts"), ...args], { input });
  return exitCode === 0 ? stdout : `${exitCode} ${stderr}`;
}

function contentOf(path: string): string {
  return readFileSync(join(directory, path), "utf8");
}

before(async () => {
  writeFileSync(join(directory, "cluster.yaml"), text);
  await split("--seal");
  mkdirSync(state);
  writeFileSync(join(state, "in-force.yaml"), contentOf("hosts/h1.yaml"));
  const record = { version: 1, cluster: "demo", host: "h1", generation: 1, origin: "signed" };
  writeFileSync(join(state, "delivery.json"), JSON.stringify(record));
});

test("a sealed config comes on standard input, in bytes or in age's armour; one that is cut does not", async () => {
  const bytes = readFileSync(sealed);

  assert.match(await said(bytes), /^valid host config of h1 in cluster demo/);
  assert.match(await said(armor.encode(bytes)), /^valid host config of h1 in cluster demo/);
  assert.match(await said(bytes.subarray(0, -1)), /^65 [^]*SEALED_DAMAGED/);
});

test("a key for recovery that is lost is made anew by the next split, and all is sealed anew", async () => {
  const former = { recipient: readFileSync(recovery, "utf8"), sealed: readFileSync(sealed) };
  rmSync(recovery);
  rmSync(join(directory, "pki/delivery/recovery.key"), { force: true });

  await split();

  assert.notEqual(readFileSync(recovery, "utf8"), former.recipient);
  assert.notDeepEqual(readFileSync(sealed), former.sealed);
  assert.match(await said(readFileSync(sealed)), /^valid/);
});

test("sealing ends without the line in the state, and a host takes the plain file at a person's word", async () => {
  const lines = contentOf("pki/state.yaml").split("\n");
  const rest = lines.filter((line) => !line.startsWith("sealed:"));
  assert.equal(rest.length, lines.length - 1);
  writeFileSync(join(directory, "pki/state.yaml"), rest.join("\n"));
  const last = readFileSync(sealed);

  await split();

  const plain = contentOf("hosts/h1.yaml");
  assert.doesNotMatch(plain, /^\s+signers:/m);
  assert.ok(!existsSync(sealed) || readFileSync(sealed).equals(last));
  assert.match(await said(plain), /^65 [^]*SEALED_REQUIRED[^]*--accept-unsealed/);
  assert.match(await said(plain, "--accept-unsealed"), /^valid/);
});
