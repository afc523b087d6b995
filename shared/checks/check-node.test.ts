import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHostConfig } from "./parse-host-config.ts";

function problems(node: string): readonly string[] {
  const text = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
node:
  name: h1
  api: {server: "https://127.0.0.1:7443", certificate: kubernetes/agent.crt, key: kubernetes/agent.key}
${node}
secrets: {kubernetes/ca.crt: a, kubernetes/agent.crt: b, kubernetes/agent.key: c}
`;
  const parsed = parseHostConfig(text, "host.yaml");
  const all = parsed.ok ? [] : parsed.problems.map(({ path, problem }) => `${path}: ${problem}`);
  return all.filter((line) => line.startsWith("node."));
}

test("labels, annotations and taints that Kubernetes knows are fine", () => {
  const node = `  labels: {node-role.kubernetes.io/control-plane: "", a.b/c_d.e: x-1}
  annotations: {example.org/note: "any text: of any length"}
  taints: [{key: a, effect: NoSchedule}, {key: a, effect: NoExecute, value: v}]`;

  assert.deepEqual(problems(node), []);
});

test("keys and values that the API would refuse are told with their place", () => {
  const node = `  labels: {"-a": x, "UPPER/a": x, ok: "not ok"}
  annotations: {"a/b/c": x, flexkube.io/managed: x}
  taints: [{key: a, effect: NoSchedule}, {key: a, effect: NoSchedule}, {key: "a b", value: "c d", effect: NoExecute}]`;

  assert.deepEqual(problems(node), [
    "node.labels.-a: not a name of Kubernetes: -a",
    'node.labels["UPPER/a"]: not a name of Kubernetes: UPPER/a',
    "node.labels.ok: not a value of Kubernetes: not ok",
    'node.annotations["a/b/c"]: not a name of Kubernetes: a/b/c',
    'node.annotations["flexkube.io/managed"]: flexkube keeps its own notes under this annotation',
    "node.taints[1]: the taint a:NoSchedule is there twice",
    "node.taints[2].key: not a name of Kubernetes: a b",
    "node.taints[2].value: not a value of Kubernetes: c d",
  ]);
});
