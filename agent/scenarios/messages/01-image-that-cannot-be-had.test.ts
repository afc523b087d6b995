// Images that the host has no way to: which they are, who does not answer, and what to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineRefused } from "#agent/engine/errors.ts";
import { printStatus } from "#agent/report/print-status.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";

const hostConfig = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web: { image: "nginx:1.29" }
  balancer: { image: "haproxy:3.2-alpine" }
`;
const said =
  'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.77.0.1:53: read udp 10.77.0.11:45634->10.77.0.1:53: read: connection refused';

test("status of a host that reaches no registry", async () => {
  const host = createFakeHost();
  host.give(hostConfig);
  host.engine.faults.fail("pullImage", engineRefused("pullImage", { status: 500, reason: said }), 99);

  const report = await reportOfTick(host);

  assert.equal(
    printStatus(report, { now: host.clock.now() }),
    `CONTAINER  STATE    HEALTHY  CERTIFICATES
balancer   missing  NO       -
web        missing  NO       -

balancer: not created yet (waits for image haproxy:3.2-alpine)
web: not created yet (waits for image nginx:1.29)

to do: fetch image haproxy:3.2-alpine (not there)
to do: fetch image nginx:1.29 (not there)
to do: create balancer from haproxy:3.2-alpine (not there)
to do: start balancer (not there)
to do: create web from nginx:1.29 (not there)
to do: start web (not there)
to do: wait until balancer is healthy, at most 60s (not there)
to do: wait until web is healthy, at most 60s (not there)

warning: also failed: fetch image nginx:1.29 (not there): The image is not on the host and cannot be pulled: nginx:1.29: registry-1.docker.io cannot be reached (its name is not known: dial tcp: lookup registry-1.docker.io on 10.77.0.1:53: connection refused); put an archive of it into images.directory, or name a registry or mirror that this host reaches

last tick failed: The image is not on the host and cannot be pulled: haproxy:3.2-alpine: registry-1.docker.io cannot be reached (its name is not known: dial tcp: lookup registry-1.docker.io on 10.77.0.1:53: connection refused); put an archive of it into images.directory, or name a registry or mirror that this host reaches (ENGINE_REFUSED)

cluster demo, host h1; agent test; tick 1 failed 0s ago
`,
  );
});
