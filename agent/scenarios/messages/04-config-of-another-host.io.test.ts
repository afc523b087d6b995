// h2's file was copied to h1: that it is not used, whose it is, what to deliver, and what is in force meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSays } from "#agent/testing/agent-says.ts";

const hostConfig = (host: string): string => `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: ${host}
generation: 6
`;

test("flexkube-agent plan --host h1", async (context) => {
  const { put, run } = agentSays(context);
  put("in-force.yaml", hostConfig("h1"));
  put("host.yaml", hostConfig("h2"));

  assert.deepEqual(await run("plan", "--host", "h1"), {
    code: 65,
    text: `host.yaml: host: this host is h1, the config is for h2 (deliver hosts/h1.yaml, or start the agent with this machine's name in the cluster config)
the given host config is not used; in force is that of demo/h1, generation 6
nothing to do
`,
  });
});

test("flexkube-agent validate --host h1", async (context) => {
  const { put, run } = agentSays(context);
  put("host.yaml", hostConfig("h2"));

  assert.deepEqual(await run("validate", "--host", "h1"), {
    code: 65,
    text: `host.yaml: host: this host is h1, the config is for h2 (deliver hosts/h1.yaml, or start the agent with this machine's name in the cluster config)
`,
  });
});
