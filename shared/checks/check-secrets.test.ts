// Which secrets a host config must have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { kubelet, kubernetesSecrets, wholeHost } from "#shared/expand/testing/kubernetes-builder.ts";
import { HostConfig } from "#shared/schema/host-config.ts";
import { checkSecrets } from "./check-secrets.ts";
import { validateHostConfig } from "./validate-host-config.ts";

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

test("a secret that is called as what every object of the language has is missing like any other", () => {
  const secrets = { ...kubernetesSecrets(), ...etcdSecrets(), password: "p" };
  const whole = hostConfig({
    ...wholeHost(),
    agent: { registries: [{ server: "r.example", username: "u", password: "password" }] },
    clusterObjects: {
      api: { server: "https://127.0.0.1:7443", certificate: "crt", key: "key", ca: "ca" },
      kubectlImage: "kubectl:1",
      helmImage: "helm:1",
      manifests: { web: { secret: "manifest" } },
      releases: { web: { namespace: "apps", chart: "chart" } },
    },
    secrets,
  });
  // with the names that are said nowhere
  const text = JSON.stringify(whole);
  const named = [...Object.keys(secrets), "crt", "key", "ca", "manifest", "chart"];
  const places = named.filter((name) => text.replaceAll(`"${name}":`, "").includes(`:"${name}"`));
  assert.ok(places.length > 20, String(places.length));

  for (const name of places) {
    const said = text.replaceAll(`:"${name}"`, ':"constructor"');
    const { problems } = validateHostConfig(HostConfig.parse(JSON.parse(said)));

    const told = problems.filter(({ problem }) => problem.includes("constructor"));
    assert.deepEqual(new Set(told.map(({ problem }) => problem)), new Set(["there is no secret constructor"]), name);
  }
});
