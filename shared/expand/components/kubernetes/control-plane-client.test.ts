// Controller manager and scheduler: what is generated, and what they wait for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changedFields } from "#shared/expand/testing/changed-fields.ts";
import { expandedContainer, filesOf, textOf } from "#shared/expand/testing/expanded-container.ts";
import { kubeControllerManager, kubeScheduler } from "#shared/expand/testing/kubernetes-builder.ts";

test("the controller manager's arguments name its files and port, and no policy", () => {
  assert.deepEqual(expandedContainer("kube-controller-manager").spec.args, [
    "--authentication-kubeconfig=/etc/flexkube/files/kubeconfig",
    "--authorization-kubeconfig=/etc/flexkube/files/kubeconfig",
    "--bind-address=127.0.0.1",
    "--client-ca-file=/etc/flexkube/live/client-ca.crt",
    "--cluster-signing-cert-file=/etc/flexkube/live/signing-ca.crt",
    "--cluster-signing-key-file=/etc/flexkube/live/signing-ca.key",
    "--kubeconfig=/etc/flexkube/files/kubeconfig",
    "--requestheader-client-ca-file=/etc/flexkube/live/front-proxy-ca.crt",
    "--root-ca-file=/etc/flexkube/files/root-ca.crt",
    "--secure-port=10257",
    "--service-account-private-key-file=/etc/flexkube/files/service-account.key",
  ]);
});

test("the scheduler is configured by its document, to which the kubeconfig is added", () => {
  const config = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { qps: 50 },
  };

  const scheduler = expandedContainer("kube-scheduler", { sections: { kubeScheduler: kubeScheduler({ config }) } });

  assert.deepEqual(scheduler.spec.args, [
    "--authentication-kubeconfig=/etc/flexkube/files/kubeconfig",
    "--authorization-kubeconfig=/etc/flexkube/files/kubeconfig",
    "--bind-address=127.0.0.1",
    "--config=/etc/flexkube/files/config.json",
    "--secure-port=10259",
  ]);
  assert.deepEqual(JSON.parse(textOf(scheduler, "config.json")), {
    ...config,
    clientConnection: { qps: 50, kubeconfig: "/etc/flexkube/files/kubeconfig" },
  });
});

test("a kubeconfig names its certificates by path", () => {
  assert.deepEqual(JSON.parse(textOf(expandedContainer("kube-scheduler"), "kubeconfig")), {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "cluster",
        cluster: { server: "https://127.0.0.1:7443", "certificate-authority": "/etc/flexkube/files/api-ca.crt" },
      },
    ],
    users: [
      {
        name: "user",
        user: {
          "client-certificate": "/etc/flexkube/live/client.crt",
          "client-key": "/etc/flexkube/live/client.key",
        },
      },
    ],
    contexts: [{ name: "context", context: { cluster: "cluster", user: "user" } }],
    "current-context": "context",
  });
});

for (const [name, port] of [
  ["kube-controller-manager", 10257],
  ["kube-scheduler", 10259],
] as const) {
  test(`${name} waits for the load balancer and the API server of its host`, () => {
    assert.deepEqual(expandedContainer(name).dependsOn, ["api-load-balancer-all", "kube-apiserver"]);
    const alone = expandedContainer(name, { sections: { apiLoadBalancers: {}, kubeApiserver: undefined } });
    assert.deepEqual(alone.dependsOn, []);
  });

  test(`${name} is asked on its own port, and its self-made certificate is not verified`, () => {
    const { probe, claims } = expandedContainer(name);

    const http = { scheme: "https", address: "127.0.0.1", port, path: "/healthz", status: 200, ca: undefined };
    assert.deepEqual(probe.http, http);
    assert.deepEqual(claims, [`tcp/127.0.0.1:${port}`]);
  });

  test(`${name} runs as nobody without rights`, () => {
    const { spec } = expandedContainer(name);

    assert.deepEqual(
      [spec.user, spec.privileged, spec.readOnlyRoot, spec.capAdd, spec.capDrop, spec.securityOptions],
      ["65534:65534", false, true, [], ["ALL"], ["label=disable", "no-new-privileges"]],
    );
  });
}

test("private files of the controller manager are for its user alone", () => {
  const kubeConfig = { kubeControllerManager: kubeControllerManager({ uid: 997, gid: 998 }) };

  const files = filesOf(expandedContainer("kube-controller-manager", { sections: kubeConfig }));

  assert.deepEqual(files, {
    "api-ca.crt": "sealed 644 997:998",
    kubeconfig: "sealed 644 997:998",
    "root-ca.crt": "sealed 644 997:998",
    "service-account.key": "sealed 600 997:998",
    "client-ca.crt": "live 644 997:998",
    "client.crt": "live 644 997:998",
    "client.key": "live 600 997:998",
    "front-proxy-ca.crt": "live 644 997:998",
    "signing-ca.crt": "live 644 997:998",
    "signing-ca.key": "live 600 997:998",
  });
});

for (const [name, secret, touched] of [
  ["kube-controller-manager", "kubernetes/controller-manager.key", ["digest", "live"]],
  ["kube-controller-manager", "kubernetes/ca.key", ["digest", "live"]],
  ["kube-controller-manager", "kubernetes/service-account.key", ["digest", "sealed", "spec", "specHash"]],
  ["kube-scheduler", "kubernetes/scheduler.key", ["digest", "live"]],
  ["kube-scheduler", "kubernetes/ca.crt", ["digest", "sealed", "spec", "specHash"]],
] as const)
  test(`renewing ${secret} of ${name} touches ${touched.join(", ")}`, () => {
    const renewed = expandedContainer(name, { secrets: { [secret]: "another" } });

    assert.deepEqual(changedFields(expandedContainer(name), renewed), touched);
  });
