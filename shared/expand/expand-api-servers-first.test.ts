// What follows the API servers, and how they are asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredState } from "#shared/state/desired.ts";
import { expand } from "./expand.ts";
import { hostConfig } from "./testing/host-config-builder.ts";
import type { HostConfigInput } from "./testing/host-config-builder.ts";
import * as kubernetes from "./testing/kubernetes-builder.ts";

function state(overrides: Partial<HostConfigInput> = {}): DesiredState {
  return expand(
    hostConfig({
      ...kubernetes.wholeHost(),
      etcd: undefined,
      podNetwork: undefined,
      kubeControllerManager: kubernetes.kubeControllerManager({ image: "kube-controller-manager:v1.35.9" }),
      kubeScheduler: kubernetes.kubeScheduler({ image: "kube-scheduler@sha256:0123" }),
      apiServersFirst: {
        servers: { h2: { address: "10.77.0.12", port: 7000 }, h1: { address: "fd00::1" } },
        certificate: "kubernetes/agent.crt",
        key: "kubernetes/agent.key",
      },
      secrets: kubernetes.kubernetesSecrets({ "kubernetes/agent.crt": "certificate", "kubernetes/agent.key": "key" }),
      ...overrides,
    }),
    kubernetes.hostFacts(),
  );
}

test("what calls the API servers needs the version of its own tag there; they themselves and what tells none do not", () => {
  assert.deepEqual(Object.fromEntries(state().containers.map(({ name, needsApiServers }) => [name, needsApiServers])), {
    "api-load-balancer-all": undefined,
    "kube-apiserver": undefined,
    "kube-controller-manager": "1.35",
    "kube-scheduler": undefined,
    kubelet: "1.36",
    "kube-proxy": "1.36",
  });
});

test("each API server is asked at its own address", () => {
  const { apiServersFirst: rule } = state();

  assert.deepEqual(rule?.servers, [
    { name: "h1", url: "https://[fd00::1]:6443/version" },
    { name: "h2", url: "https://10.77.0.12:7000/version" },
  ]);
  assert.equal(rule.certificate, "certificate");
  assert.equal(rule.key.reveal(), "key");
});

test("without the section nothing follows, and no container is another one", () => {
  const without = state({ apiServersFirst: undefined });

  assert.equal(without.apiServersFirst, undefined);
  assert.ok(without.containers.every(({ needsApiServers }) => needsApiServers === undefined));
  assert.deepEqual(
    without.containers.map(({ digest }) => digest),
    state().containers.map(({ digest }) => digest),
  );
});
