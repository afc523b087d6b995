// A host after `flexkube-agent reset`: that it does nothing, since when, and until when.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printStatus } from "#agent/report/print-status.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";

const hostConfig = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web: { image: "nginx:1.29" }
`;

test("status of a host that was reset", async () => {
  const host = createFakeHost({ "nginx:1.29": () => ({}) });
  host.give(hostConfig);
  await host.settle();
  await host.state.setStopped("2026-01-01T00:00:00Z");

  const report = await reportOfTick(host);

  assert.equal(
    printStatus(report, { now: host.clock.now() }),
    `no components

this host was reset at 2026-01-01T00:00:00Z and stays empty until: flexkube-agent apply
`,
  );
});
