// A container that waits for its image: that it is not created, and not that its probe does not hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";

const hostConfig = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web: { image: "nginx:1.29", probe: { tcp: { port: 80 } } }
`;

test("the component in status", async () => {
  const host = createFakeHost();
  host.give(hostConfig);

  const { components } = await reportOfTick(host);

  assert.deepEqual(
    components.map(({ container, state, reason }) => `${container} ${state}: ${reason}`),
    ["web missing: not created yet (waits for image nginx:1.29)"],
  );
});
