// A value of the wrong kind is told once, as what it is: never as missing too, and a word that can only be one as that one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const clusterConfig = `apiVersion: flexkube/v1alpha1
kind: Clusters
name: demo
hosts:
  h1: { address: 10.77.0.11 }
agent:
  listen: { port: "8080" }
containers:
  web:
    hosts: all
    image: nginx:1.29
    probe: { tcp: { port: "80" } }
    ports: [{ hostPort: "80", containerPort: 80 }]
`;

test("flexkube-planner validate", async () => {
  const { code, stderr } = await fakeMachine(clusterConfig).run("validate");
  assert.deepEqual(
    { code, text: stderr },
    {
      code: 65,
      text: `cluster.yaml:2:7: kind: must be Cluster, found "Clusters"
cluster.yaml:7:19: agent.listen.port: expected a number, found the text "8080" (remove the quotes)
cluster.yaml:12:27: containers.web.probe.tcp.port: expected a number, found the text "80" (remove the quotes)
cluster.yaml:13:25: containers.web.ports[0].hostPort: expected a number, found the text "80" (remove the quotes)
`,
    },
  );
});
