// What runtimes say of who manages their control groups, as containerd 1 and 2 and others say it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fakeRuntime, giveMessage, giveStatus } from "#agent/testing/fake-runtime.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { askCgroupDriver } from "./ask-cgroup-driver.ts";

const timeoutMs = 2000;

/** A field of bytes. */
function field(number: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const low = bytes.length % 128;
  const length = bytes.length < 128 ? [low] : [low + 128, Math.floor(bytes.length / 128)];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
}

/** A runtime that knows no RuntimeConfig, and whose state has this configuration. */
async function older(context: TestContext, config: unknown): Promise<string> {
  return fakeRuntime(context, (stream, method) => {
    if (method === "RuntimeConfig") giveStatus(stream, 12);
    else giveMessage(stream, Buffer.concat([field(1, ""), info("golang", '"go1.23"'), info("config", text(config))]));
  });
}

function info(key: string, value: string): Buffer {
  return field(2, Buffer.concat([field(1, key), field(2, value)]));
}

function text(config: unknown): string {
  return typeof config === "string" ? config : JSON.stringify(config);
}

function containerd(options: unknown, runtimeType = "io.containerd.runc.v2"): unknown {
  return { containerd: { defaultRuntimeName: "runc", runtimes: { runc: { runtimeType, options } } } };
}

test("a runtime that tells kubelets its driver is followed, whichever it is", async (context) => {
  for (const linux of [Buffer.alloc(0), Buffer.from([8, 1])]) {
    const path = await fakeRuntime(context, (stream) => giveMessage(stream, field(1, linux)));
    assert.equal(await askCgroupDriver(path, { timeoutMs }), "followed");
  }
});

test("an older containerd has it in the configuration that it runs with, where nothing said is cgroupfs", async (context) => {
  const asked = async (options: unknown) => askCgroupDriver(await older(context, containerd(options)), { timeoutMs });

  assert.equal(await asked({ SystemdCgroup: true, BinaryName: "x".repeat(200) }), "systemd");
  assert.equal(await asked({ SystemdCgroup: false }), "cgroupfs");
  assert.equal(await asked(null), "cgroupfs");
});

test("who says nothing of it is not known: another runtime, another program than runc, no answer at all", async (context) => {
  const silent = [
    await older(context, {}),
    await older(context, "no JSON"),
    await older(context, containerd({}, "io.containerd.kata.v2")),
    await fakeRuntime(context, (stream) => giveStatus(stream, 12)),
    await fakeRuntime(context, (stream) => giveMessage(stream, Buffer.from([0x12]))),
    join(temporaryRoot(context), "none.sock"),
  ];
  for (const path of silent) assert.equal(await askCgroupDriver(path, { timeoutMs }), "unknown");
  const hanging = await fakeRuntime(context, () => undefined);
  assert.equal(await askCgroupDriver(hanging, { timeoutMs: 50 }), "unknown");
});

test("an answer without end is cut", async (context) => {
  const path = await fakeRuntime(context, (stream, method) => {
    if (method === "RuntimeConfig") giveStatus(stream, 12);
    else giveMessage(stream, Buffer.alloc(5 * 1024 ** 2));
  });

  assert.equal(await askCgroupDriver(path, { timeoutMs }), "unknown");
});

test("an abort ends the question with its reason", async (context) => {
  const path = await fakeRuntime(context, () => undefined);
  const stop = new AbortController();
  const asking = askCgroupDriver(path, { timeoutMs: 60_000, signal: stop.signal });
  stop.abort(new Error("SIGTERM"));

  await assert.rejects(asking, /SIGTERM/);
});
