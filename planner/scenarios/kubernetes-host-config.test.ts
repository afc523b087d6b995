// A host config with Kubernetes that somebody changed by hand: what is wrong with it is told before anything is done.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { before, test } from "node:test";
import { parse, stringify } from "yaml";
import { formatProblem } from "#shared/document/format-problem.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";

type Tree = { [key: string]: Tree | string | number | boolean | undefined };

let text = "";
before(async () => {
  const machine = fakeMachine(kubernetesCluster);
  await machine.run("split");
  text = machine.text("hosts/h1.yaml") ?? "";
});

/** Problems without their place, after each dotted path was set. */
function problems(changes: Readonly<Record<string, unknown>>): readonly string[] {
  const document = parse(text) as Tree;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split("|");
    const last = keys.pop() ?? "";
    const parent = keys.reduce<Tree>((tree, key) => (tree[key] ??= {}) as Tree, document);
    parent[last] = value as Tree;
  }
  const parsed = parseHostConfig(stringify(document), "f");
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem).replace(/^f:[0-9:]* /, ""));
}

function secretOf(name: string): string {
  const { secrets } = parse(text) as { readonly secrets: Readonly<Record<string, string>> };
  return secrets[`kubernetes/${name}`] ?? "";
}

function newKeyPair(): { readonly key: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    publicKey: String(publicKey.export({ type: "spki", format: "pem" })),
  };
}

test("what the planner wrote is right", () => {
  assert.deepEqual(problems({}), []);
});

test("a certificate that is good for something else is told of", () => {
  assert.deepEqual(problems({ "secrets|kubernetes/apiserver.crt": secretOf("scheduler.crt") }), [
    'secrets["kubernetes/apiserver.crt"]: kubernetes/apiserver.crt lacks the extended key usage server authentication',
    'secrets["kubernetes/apiserver.key"]: kubernetes/apiserver.key does not belong to the certificate kubernetes/apiserver.crt',
  ]);
  assert.deepEqual(
    problems({
      "secrets|kubernetes/scheduler.crt": secretOf("kubelet-serving.crt"),
      "secrets|kubernetes/scheduler.key": secretOf("kubelet-serving.key"),
    }),
    [
      'secrets["kubernetes/scheduler.crt"]: kubernetes/scheduler.crt lacks the extended key usage client authentication',
    ],
  );
});

test("a certificate of another CA is told of where this host trusts only one", () => {
  assert.deepEqual(
    problems({
      "secrets|kubernetes/front-proxy-client.crt": secretOf("scheduler.crt"),
      "secrets|kubernetes/front-proxy-client.key": secretOf("scheduler.key"),
    }),
    [
      'secrets["kubernetes/front-proxy-client.crt"]: kubernetes/front-proxy-client.crt is not signed by kubernetes/front-proxy-ca.crt',
    ],
  );
});

test("a signing key of another CA is told of", () => {
  assert.deepEqual(problems({ "secrets|kubernetes/ca.key": newKeyPair().key }), [
    'secrets["kubernetes/ca.key"]: kubernetes/ca.key does not belong to the certificate kubernetes/ca.crt',
  ]);
  assert.deepEqual(problems({ "secrets|kubernetes/ca.key": "no key" }), [
    'secrets["kubernetes/ca.key"]: kubernetes/ca.key does not belong to the certificate kubernetes/ca.crt',
  ]);
});

test("tokens must be accepted where they are signed", () => {
  const other = newKeyPair();
  const own = secretOf("service-account.pub");
  const name = "secrets|kubernetes/service-account.pub";

  assert.deepEqual(problems({ [name]: other.publicKey }), [
    'secrets["kubernetes/service-account.key"]: kubernetes/service-account.key is the key of none in kubernetes/service-account.pub',
  ]);
  assert.deepEqual(problems({ [name]: `${other.publicKey}${own}` }), []);
  for (const broken of ["nothing", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
    assert.deepEqual(problems({ [name]: broken }), [
      'secrets["kubernetes/service-account.pub"]: kubernetes/service-account.pub is no PEM public key',
    ]);
});

test("a CA that is no certificate is told of once", () => {
  const found = problems({ "secrets|kubernetes/front-proxy-ca.crt": "x" });

  assert.deepEqual(found, [
    'secrets["kubernetes/front-proxy-ca.crt"]: kubernetes/front-proxy-ca.crt is no PEM certificate',
  ]);
});

test("secrets that are not there are told of where they are named", () => {
  const found = problems({
    "secrets|kubernetes/agent.key": undefined,
    "secrets|kubernetes/encryption.yaml": undefined,
    "secrets|kubernetes/kubelet-serving.crt": undefined,
    "kubeProxy|probe|http": { port: 1, path: "/", ca: "proxy-ca" },
    "clusterObjects|manifests|user-x": { secret: "kubernetes/manifest-x" },
  });

  assert.deepEqual(found, [
    "apiServersFirst.key: there is no secret kubernetes/agent.key (did you mean kubernetes/agent.crt?)",
    "kubeApiserver.encryption: there is no secret kubernetes/encryption.yaml",
    "kubelet.certificates.servingCertificate: there is no secret kubernetes/kubelet-serving.crt (did you mean kubernetes/kubelet-serving.key?)",
    "kubeProxy.probe.http.ca: there is no secret proxy-ca",
    "node.api.key: there is no secret kubernetes/agent.key (did you mean kubernetes/agent.crt?)",
    "clusterObjects.manifests.user-x.secret: there is no secret kubernetes/manifest-x",
  ]);
});

test("a kubelet that asks the API for its serving certificate needs none that fits", () => {
  const serving = { "secrets|kubernetes/kubelet-serving.crt": secretOf("agent.crt") };

  assert.equal(problems(serving).length, 2);
  assert.deepEqual(problems({ ...serving, "kubelet|config|serverTLSBootstrap": true }), []);
});

test("a release needs an image of Helm", () => {
  const release = { "clusterObjects|releases|web": { chart: "chart" }, "secrets|chart": "H4sIAAAA" };

  assert.deepEqual(problems(release), [
    "clusterObjects.releases.web: a release needs an image of Helm (set helmImage)",
  ]);
  assert.deepEqual(problems({ ...release, "clusterObjects|helmImage": "helm:4" }), []);
});

test("ports in documents count as the programs read them", () => {
  const taken = (port: number, address: string) => ({
    "containers|aa": { image: "i", ports: [{ hostPort: port, containerPort: 1, address }] },
  });

  assert.equal(problems(taken(10255, "0.0.0.0")).length, 0);
  assert.match(
    problems({ ...taken(10255, "0.0.0.0"), "kubelet|config|readOnlyPort": 10255 })[0] ?? "",
    /tcp port 10255 is taken by kubelet.config.readOnlyPort/,
  );
  assert.equal(problems({ ...taken(10248, "127.0.0.1"), "kubelet|config|healthzPort": 0 }).length, 0);
  assert.equal(
    problems({ ...taken(10249, "127.0.0.1"), "kubeProxy|config|metricsBindAddress": "[::1]:10249" }).length,
    0,
  );
  assert.equal(problems({ ...taken(10249, "127.0.0.1"), "kubeProxy|config|metricsBindAddress": "odd" }).length, 0);
  assert.equal(problems({ ...taken(10249, "127.0.0.1"), "kubeProxy|config|metricsBindAddress": undefined }).length, 1);
  assert.equal(problems({ ...taken(10250, "10.77.0.99"), "kubelet|config|address": "" }).length, 1);
});
