// A state directory that takes nothing, or that was removed under the running agent: the host is kept all the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FlexkubeError } from "#shared/errors.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";

const config = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web: { image: "server:1" }
`;

/** Every write of state is refused, and what was there is gone. */
function breakState({ state }: FakeHost): void {
  const refuse = async (): Promise<never> =>
    Promise.reject(new FlexkubeError("FILES_UNWRITABLE", "state cannot be written", { path: "x", reason: "ENOENT" }));
  Object.assign(state, {
    readConfig: async () => Promise.resolve(undefined),
    writeLedger: refuse,
    writeConfig: refuse,
    writeReport: refuse,
  });
}

test("the first start works without a place for state, and the report says what is kept nowhere", async () => {
  const host = createFakeHost({ "server:1": () => ({}) });
  host.give(config);
  breakState(host);

  const report = await reportOfTick(host);

  assert.equal(report.result, "changed");
  assert.deepEqual(
    host.engine.containers.map(({ name, state }) => `${name} ${state}`),
    ["web running"],
  );
  assert.match(report.warnings.join("\n"), /kept in memory only, .*: x: ENOENT/);
});

test("what somebody takes away comes back after the state directory was removed, also when the file is gone too", async () => {
  const host = createFakeHost({ "server:1": () => ({}) });
  host.give(config);
  const agent = await host.newAgent();
  await reportOfTick(host, { agent });
  breakState(host);
  const web = host.engine.containers.find(({ name }) => name === "web");
  await host.engine.remove(web?.id ?? "");
  host.give("");

  const report = await reportOfTick(host, { agent });

  assert.deepEqual(
    host.engine.containers.map(({ name, state }) => `${name} ${state}`),
    ["web running"],
  );
  assert.match(report.warnings.join("\n"), /kept in memory only/);
});
