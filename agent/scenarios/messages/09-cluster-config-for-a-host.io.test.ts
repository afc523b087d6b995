// cluster.yaml was delivered in place of a host's file: one line that says so, and what to deliver.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSays } from "#agent/testing/agent-says.ts";

const clusterConfig = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.77.0.11 }
etcd: { hosts: all }
`;

test("flexkube-agent validate", async (context) => {
  const { put, run } = agentSays(context);
  put("host.yaml", clusterConfig);

  assert.deepEqual(await run("validate"), {
    code: 65,
    text: `host.yaml:2:7: kind: this is a cluster config, not a host config (deliver hosts/<name>.yaml, which flexkube-planner split makes of it)
`,
  });
});
