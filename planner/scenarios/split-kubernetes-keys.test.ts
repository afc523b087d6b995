// Certificates and keys of Kubernetes in a split, also those of the user and those that are kept elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster, workersCluster } from "#planner/testing/kubernetes-cluster.ts";
import { split, host, certificateOf } from "#planner/testing/kubernetes-split.ts";

test("every certificate says who its owner is in Kubernetes, and is good for its one use", async () => {
  const { secrets, ...config } = host(await split(kubernetesCluster), "h1");
  const server = "1.3.6.1.5.5.7.3.1";
  const client = "1.3.6.1.5.5.7.3.2";
  const expected: Readonly<Record<string, readonly [string, string]>> = {
    agent: ["O=flexkube:agents\nCN=flexkube-agent:h1", client],
    apiserver: ["CN=kube-apiserver", server],
    "apiserver-etcd-client": ["CN=kube-apiserver-etcd-client", client],
    "apiserver-kubelet-client": ["CN=kube-apiserver-kubelet-client", client],
    applier: ["O=system:masters\nO=flexkube:appliers\nCN=flexkube-applier", client],
    "controller-manager": ["CN=system:kube-controller-manager", client],
    "front-proxy-client": ["CN=front-proxy-client", client],
    "kube-proxy": ["CN=system:kube-proxy", client],
    "kubelet-client": ["O=flexkube:bootstrap\nCN=system:node:h1", client],
    "kubelet-serving": ["O=system:nodes\nCN=system:node:h1", server],
    scheduler: ["CN=system:kube-scheduler", client],
  };

  for (const [name, [subject, usage]] of Object.entries(expected)) {
    const certificate = certificateOf({ ...config, secrets }, name);
    assert.deepEqual([certificate.subject, certificate.keyUsage], [subject, [usage]], name);
  }
});

test("the organization of the config's certificates is no group in Kubernetes", async () => {
  const config = host(await split(`${kubernetesCluster}pki: { organization: "system:masters" }\n`), "h1");

  assert.equal(certificateOf(config, "kube-proxy").subject, "CN=system:kube-proxy");
});

test("keys that are in use and were lost are never made anew", async () => {
  for (const file of ["pki/kubernetes/encryption-keys", "pki/kubernetes/service-account.key"]) {
    const machine = await split(kubernetesCluster);
    machine.pki.delete(file);
    if (file.endsWith(".key")) machine.pki.delete("pki/kubernetes/service-account.pub");
    // those of the control plane would give it back
    for (const name of ["h1", "h2", "h3"]) machine.files.delete(`hosts/${name}.yaml`);
    machine.writes.length = 0;

    const withState = await machine.run("split");
    machine.files.delete("pki/state.yaml");
    const withoutState = await machine.run("split");

    assert.deepEqual([withState.code, withoutState.code], [65, 65]);
    assert.ok(withState.stderr.includes(`a key is missing that is in use: ${file}`), withState.stderr);
    assert.deepEqual(machine.writes, []);
  }
});

test("what was encrypted once stays readable when it is encrypted no longer", async () => {
  const machine = await split(kubernetesCluster);
  const rules = (): unknown => parse(host(machine, "h1").secrets["kubernetes/encryption.yaml"] ?? "");
  const [, key = ""] =
    /^key1 (.*)\n$/.exec(Buffer.from(machine.pki.get("pki/kubernetes/encryption-keys")?.bytes ?? []).toString()) ?? [];
  const secretbox = { secretbox: { keys: [{ name: "key1", secret: key }] } };
  const document = (resources: readonly object[]) => ({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources,
  });
  const controlPlane = (fields: string) =>
    kubernetesCluster.replace(
      "controlPlane: { hosts: [h1, h2, h3] }",
      `controlPlane: { hosts: [h1, h2, h3], ${fields} }`,
    );

  assert.equal(Buffer.from(key, "base64").length, 32);
  assert.deepEqual(rules(), document([{ resources: ["secrets"], providers: [secretbox, { identity: {} }] }]));
  await split(controlPlane("encryption: { resources: [configmaps] }"), machine);
  assert.deepEqual(
    rules(),
    document([
      { resources: ["configmaps"], providers: [secretbox, { identity: {} }] },
      { resources: ["secrets"], providers: [{ identity: {} }, secretbox] },
    ]),
  );
  await split(controlPlane("encryption: { enabled: false }"), machine);
  assert.deepEqual(
    rules(),
    document([{ resources: ["configmaps", "secrets"], providers: [{ identity: {} }, secretbox] }]),
  );
  // an API server refuses what another entry has in it
  await split(controlPlane('encryption: { resources: ["*.*"] }'), machine);
  assert.deepEqual(rules(), document([{ resources: ["*.*"], providers: [secretbox, { identity: {} }] }]));
  await split(controlPlane("encryption: { resources: [secrets] }"), machine);
  assert.deepEqual(
    rules(),
    document([
      { resources: ["secrets"], providers: [secretbox, { identity: {} }] },
      { resources: ["*.*"], providers: [{ identity: {} }, secretbox] },
    ]),
  );
});

test("a cluster that never encrypted has no keys for it", async () => {
  const machine = await split(
    kubernetesCluster.replace(
      "hosts: [h1, h2, h3] }\nkubelets",
      "hosts: [h1, h2, h3], encryption: { enabled: false } }\nkubelets",
    ),
  );

  assert.equal(host(machine, "h1").kubeApiserver?.encryption, undefined);
  assert.equal(machine.pki.has("pki/kubernetes/encryption-keys"), false);
});

test("API servers reach somebody else's etcd with certificates of the user's own", async () => {
  const maker = await split(workersCluster);
  const file = (path: string) => Buffer.from(maker.pki.get(`pki/${path}`)?.bytes ?? []).toString();
  const config = workersCluster
    .replace(
      "etcd: { hosts: c1 }\n",
      "pki: { etcdClient: { ca: ca.crt, certificate: '{host}.crt', key: '{host}.key' } }\n",
    )
    .replace("controlPlane: { hosts: c1 }", "controlPlane: { hosts: c1, etcdServers: ['https://10.0.0.1:2379'] }");
  const machine = fakeMachine(config);
  machine.put("ca.crt", file("etcd/ca.crt"));
  machine.put("c1.crt", file("kubernetes/hosts/c1/apiserver-etcd-client.crt"));
  machine.put("c1.key", file("kubernetes/hosts/c1/scheduler.key"));

  const wrong = await machine.run("split");
  machine.put("c1.key", file("kubernetes/hosts/c1/apiserver-etcd-client.key"));
  await split(config, machine);
  const { kubeApiserver, secrets } = host(machine, "c1");

  assert.equal(wrong.code, 65);
  assert.match(wrong.stderr, /pki.etcdClient.key: c1.key does not belong to the certificate/);
  assert.deepEqual(kubeApiserver?.etcdServers, ["https://10.0.0.1:2379"]);
  assert.equal(kubeApiserver?.certificates.etcdCa, "kubernetes/etcd-ca.crt");
  assert.equal(secrets["kubernetes/etcd-ca.crt"], machine.text("ca.crt"));
  assert.equal(secrets["kubernetes/apiserver-etcd-client.key"], machine.text("c1.key"));
  assert.equal(
    [...machine.pki.keys()].some((path) => path.startsWith("pki/etcd")),
    false,
  );
});

test("kubelets can join API servers that the cluster config does not run", async () => {
  const config = workersCluster
    .replace("etcd: { hosts: c1 }\ncontrolPlane: { hosts: c1 }\n", "")
    .concat("apiLoadBalancers: { kubernetes: { servers: { api: { address: 192.0.2.1, port: 443 } } } }\n");

  const machine = await split(config);

  assert.deepEqual(Object.keys(host(machine, "c1").secrets), ["hash-key"]);
  assert.deepEqual(host(machine, "w1").apiLoadBalancers["kubernetes"]?.servers, {
    api: { address: "192.0.2.1", port: 443 },
  });
});

test("the key of a CA that is held elsewhere is missed where the controller manager needs it", async () => {
  const machine = await split(kubernetesCluster);
  machine.pki.delete("pki/kubernetes/ca.key");
  for (const name of ["h1", "h2", "h3"]) machine.files.delete(`hosts/${name}.yaml`);

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 65);
  assert.match(stderr, /a CA's key is held elsewhere, and hosts need it: kubernetes\/ca.key/);
});
