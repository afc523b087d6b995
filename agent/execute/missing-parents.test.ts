// What a commit makes on the way to its files is remembered, so that a reset leaves nothing of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runTick } from "#agent/tick/run-tick.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";

const config = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web:
    image: "server:1"
    files:
      - { path: /opt/demo/deep/key, content: "k" }
      - { path: /etc/demo/app.conf, content: "c" }
    mounts: [{ source: /srv/new/deep/data, target: /data, create: {} }]
`;

test("directories that are made on the way to files and data are remembered for reset", async () => {
  const host = createFakeHost({ "server:1": () => ({}) });
  host.give(config);
  const agent = await host.newAgent();
  const { signal } = new AbortController();

  const { report } = await runTick(
    { agent, version: "test", signal, onReport: () => undefined },
    { count: 1, before: undefined },
  );

  assert.equal(report.result, "changed", JSON.stringify(report.error));
  const made = ["/etc/demo", "/opt/demo", "/opt/demo/deep", "/srv/new", "/srv/new/deep", "/srv/new/deep/data"];
  const { directories = [] } = agent.ledger.read();
  for (const path of made) assert.ok(directories.includes(path), `${path} of ${directories.join(" ")}`);
  assert.ok(!directories.includes("/etc"));
});

test("what another process of ours wrote into the ledger is not lost to what a loop remembers", async () => {
  const host = createFakeHost({ "server:1": () => ({}) });
  host.give(config);
  const loop = await host.newAgent();
  const { signal } = new AbortController();
  const tickOf = async (agent: typeof loop): Promise<void> => {
    await runTick({ agent, version: "test", signal, onReport: () => undefined }, { count: 1, before: undefined });
  };
  await tickOf(await host.newAgent());

  await tickOf(loop);

  const { ledger } = await host.state.readLedger();
  assert.ok(ledger.directories?.includes("/opt/demo"), JSON.stringify(ledger));
});
