// Which secrets a host config must have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { kubelet, kubernetesSecrets, wholeHost } from "#shared/expand/testing/kubernetes-builder.ts";
import { checkSecrets } from "./check-secrets.ts";

test("a secret that a section of Kubernetes names must be there", () => {
  const { "kubernetes/scheduler.key": _, ...secrets } = kubernetesSecrets();
  const config = hostConfig({ ...wholeHost(), secrets });

  const findings = checkSecrets(config, new Set(Object.keys(secrets)));

  assert.deepEqual(
    findings.map(({ path, problem }) => [path, problem]),
    [[["kubeScheduler", "api", "key"], "there is no secret kubernetes/scheduler.key"]],
  );
});

test("a kubelet that asks the API for its serving certificate needs none among the secrets", () => {
  const known = new Set(Object.keys(kubernetesSecrets()).filter((name) => !name.includes("serving")));
  const missing = (serverTLSBootstrap: boolean) =>
    checkSecrets(hostConfig({ kubelet: kubelet({ config: { serverTLSBootstrap } }) }), known).length;

  assert.equal(missing(true), 0);
  assert.equal(missing(false), 2);
});
