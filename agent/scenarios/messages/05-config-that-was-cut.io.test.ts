// A copy of a host config that broke off: that it is not whole, and not what its half happens to lack.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSays } from "#agent/testing/agent-says.ts";
import { withMark } from "#shared/delivery/delivery-mark.ts";

const hostConfig = withMark(
  `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
generation: 6
containers:
  web: { image: "nginx:1.29", files: [{ path: token, secret: web-token }] }
secrets:
  web-token: a-very-long-token
`,
  { cluster: "demo", host: "h1", generation: 6 },
);

test("flexkube-agent validate", async (context) => {
  const { put, run } = agentSays(context);
  put("host.yaml", hostConfig.slice(0, -20));

  assert.deepEqual(await run("validate"), {
    code: 65,
    text: `host.yaml: the file ends after 369 of 389 bytes (copy it again)
`,
  });
});
