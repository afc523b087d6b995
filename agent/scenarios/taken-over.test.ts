// A file that was ours and that somebody has made his own stays when it leaves the host config, and is told of.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";
import { config, one, settledHost } from "#agent/testing/small-servers.ts";

const path = "/etc/app/app.conf";
const withFile = one("server:1", `    files: [{path: ${path}, content: "ours", mode: "0640", effect: none}]\n`);
const without = one("server:1");

async function warningsOf(host: FakeHost): Promise<readonly string[]> {
  return (await reportOfTick(host)).warnings;
}

test("an untouched file goes with the config that gave it up", async () => {
  const host = await settledHost(withFile);
  host.give(config(without));

  await host.settle();

  assert.equal(host.engine.host.exists(path), false);
});

for (const [what, change] of [
  ["content", (host: FakeHost) => host.engine.host.write(path, "the operator's")],
  ["owner", (host: FakeHost) => host.engine.host.set(path, { uid: 7, gid: 7 })],
  ["mode", (host: FakeHost) => host.engine.host.set(path, { mode: 0o600 })],
] as const)
  test(`a file with another ${what} than was written stays, and is told of while that config is in force`, async () => {
    const host = await settledHost(withFile);
    change(host);
    host.give(config(without));

    const first = await warningsOf(host);
    await host.settle();
    const later = await warningsOf(host);
    host.give(config(`${without}  other: {image: "server:1"}\n`));
    await host.settle();
    const next = await warningsOf(host);

    assert.equal(host.engine.host.exists(path), true);
    assert.match(first.join(), /\/etc\/app\/app\.conf is no longer desired, but somebody has changed it/);
    assert.deepEqual(later, first);
    assert.deepEqual(next, []);
  });

test("a false entry of the ledger makes nothing ours", async () => {
  const host = await settledHost(without);
  host.engine.host.write("/etc/passwd", "root");
  host.engine.host.mkdir(`/srv/${"ab".repeat(16)}`);
  const { ledger } = await host.state.readLedger();
  const files = {
    ...ledger.files,
    "/etc/passwd": { component: "web", digest: "false" },
    [`/srv/${"ab".repeat(16)}`]: { component: "gone", digest: "" },
  };
  await host.state.writeLedger({ ...ledger, files });

  await host.settle();

  assert.equal(host.engine.host.text("/etc/passwd"), "root");
  assert.equal(host.engine.host.exists(`/srv/${"ab".repeat(16)}`), true);
});
