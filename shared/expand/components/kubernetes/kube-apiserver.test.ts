// kube-apiserver: what is generated, and what a change touches.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { changedFields } from "#shared/expand/testing/changed-fields.ts";
import { expandedContainer, filesOf, textOf } from "#shared/expand/testing/expanded-container.ts";
import { apiserverDocuments, kubeApiserver } from "#shared/expand/testing/kubernetes-builder.ts";
import { testCa, testPeerCertificate } from "#shared/expand/testing/test-certificates.ts";

type Change = Parameters<typeof kubeApiserver>[0];

function apiserver(change: Change = {}, secrets: Readonly<Record<string, string>> = {}): DesiredContainer {
  return expandedContainer("kube-apiserver", { sections: { kubeApiserver: kubeApiserver(change) }, secrets });
}

test("its arguments name every file and port, and no policy", () => {
  assert.deepEqual(apiserver().spec.args, [
    "--bind-address=0.0.0.0",
    "--client-ca-file=/etc/flexkube/live/client-ca.crt",
    "--etcd-cafile=/etc/flexkube/files/etcd-ca.crt",
    "--etcd-certfile=/etc/flexkube/live/etcd-client.crt",
    "--etcd-keyfile=/etc/flexkube/live/etcd-client.key",
    "--etcd-servers=https://10.77.0.11:2379,https://10.77.0.12:2379",
    "--kubelet-certificate-authority=/etc/flexkube/files/kubelet-ca.crt",
    "--kubelet-client-certificate=/etc/flexkube/live/kubelet-client.crt",
    "--kubelet-client-key=/etc/flexkube/live/kubelet-client.key",
    "--proxy-client-cert-file=/etc/flexkube/live/front-proxy-client.crt",
    "--proxy-client-key-file=/etc/flexkube/live/front-proxy-client.key",
    "--requestheader-client-ca-file=/etc/flexkube/live/front-proxy-ca.crt",
    "--secure-port=6443",
    "--service-account-key-file=/etc/flexkube/files/service-account.pub",
    "--service-account-signing-key-file=/etc/flexkube/files/service-account.key",
    "--tls-cert-file=/etc/flexkube/live/apiserver.crt",
    "--tls-private-key-file=/etc/flexkube/live/apiserver.key",
  ]);
});

test("a restore of etcd makes another container of it, and so does the next one", () => {
  const restored = (number: number) =>
    apiserver({ etcdRestore: { number, sha256: "0f3a5b7c9d11".padEnd(64, "0"), clusterId: "1" } });

  assert.deepEqual(restored(1).spec.labels, { "flexkube.etcd-restore": "r1-0f3a5b7c9d11" });
  assert.deepEqual(changedFields(restored(1), apiserver()), ["digest", "spec", "specHash"]);
  assert.deepEqual(changedFields(restored(1), restored(2)), ["digest", "spec", "specHash"]);
});

test("documents and the encryption of the config become sealed files with a flag each", () => {
  const container = apiserver({ ...apiserverDocuments });

  for (const argument of [
    "--authentication-config=/etc/flexkube/files/authentication.json",
    "--admission-control-config-file=/etc/flexkube/files/admission.json",
    "--audit-policy-file=/etc/flexkube/files/audit-policy.json",
    "--audit-log-path=-",
    "--encryption-provider-config=/etc/flexkube/files/encryption.yaml",
  ])
    assert.ok(container.spec.args?.includes(argument), argument);
  assert.deepEqual(JSON.parse(textOf(container, "authentication.json")), apiserverDocuments.authentication);
  assert.equal(filesOf(container)["encryption.yaml"], "sealed 600 65534:65534");
});

test("an audit log goes to its directory, which only the server's user may enter", () => {
  const { spec, dataDirectories } = apiserver({ ...apiserverDocuments, auditLogDirectory: "/data/audit", uid: 997 });

  assert.ok(spec.args?.includes("--audit-log-path=/var/log/kube-apiserver/audit.log"));
  assert.deepEqual(dataDirectories, [{ path: "/data/audit", mode: 0o700, uid: 997, gid: 65534 }]);
  assert.deepEqual(
    spec.mounts.find(({ source }) => source === "/data/audit"),
    { source: "/data/audit", target: "/var/log/kube-apiserver", readOnly: false, propagation: "rprivate" },
  );
});

test("it runs as nobody with a read-only root; the one capability is that of its program file", () => {
  const { spec } = apiserver();

  assert.deepEqual(
    [spec.user, spec.privileged, spec.readOnlyRoot, spec.capAdd, spec.capDrop, spec.securityOptions],
    ["65534:65534", false, true, ["NET_BIND_SERVICE"], ["ALL"], ["label=disable", "no-new-privileges"]],
  );
  assert.deepEqual([spec.networkMode, spec.stopSignal, spec.stopTimeoutSeconds], ["host", "TERM", 90]);
});

test("its probe does not depend on etcd, and verifies its certificate", () => {
  const { http } = apiserver().probe;

  assert.deepEqual(http, {
    scheme: "https",
    address: "127.0.0.1",
    port: 6443,
    path: "/livez?exclude=etcd",
    status: 200,
    ca: testCa,
  });
  assert.equal(apiserver({ bind: { address: "10.77.0.11" } }).probe.http?.address, "10.77.0.11");
});

test("it waits for the etcd member of its host, if there is one", () => {
  assert.deepEqual(apiserver().dependsOn, ["etcd-h1"]);
  assert.deepEqual(expandedContainer("kube-apiserver", { sections: { etcd: undefined } }).dependsOn, []);
});

test("keys are for its user alone", () => {
  const files = Object.entries(filesOf(apiserver({ uid: 997, gid: 998 })));

  assert.equal(files.filter(([name]) => name.endsWith(".key")).length, 5);
  for (const [name, kind] of files)
    assert.match(kind, name.endsWith(".key") ? /^(live|sealed) 600 997:998$/ : /^(live|sealed) 644 997:998$/, name);
});

const recreate = ["digest", "spec", "specHash"];

const changes: readonly (readonly [sentence: string, change: Change, touched: readonly string[]])[] = [
  ["nothing", {}, []],
  ["the image", { image: "kube-apiserver:v1.36.4" }, recreate],
  ["the port", { bind: { port: 6444 } }, ["claims", "probe", ...recreate]],
  ["the members of etcd", { etcdServers: ["https://10.77.0.11:2379"] }, recreate],
  ["an argument", { args: { "event-ttl": "2h" } }, recreate],
  ["a document", { authentication: apiserverDocuments.authentication }, ["sealed", ...recreate]],
  ["the rollout", { rollout: "0123456789abcdef" }, []],
  ["resources", { resources: { memoryBytes: 2147483648 } }, ["resources"]],
  ["the restart policy", { restart: "no" }, ["restart"]],
];

for (const [sentence, change, touched] of changes)
  test(`changing ${sentence} of kube-apiserver touches ${touched.join(", ") || "nothing"}`, () => {
    assert.deepEqual(changedFields(apiserver(), apiserver(change)), touched.toSorted());
  });

for (const [secret, touched] of [
  ["kubernetes/apiserver.crt", ["certificatesExpire", "digest", "live"]],
  ["kubernetes/apiserver.key", ["digest", "live"]],
  ["kubernetes/apiserver-kubelet-client.key", ["digest", "live"]],
  ["kubernetes/apiserver-etcd-client.key", ["digest", "live"]],
  ["kubernetes/front-proxy-client.key", ["digest", "live"]],
  ["kubernetes/service-account.key", ["sealed", ...recreate]],
  ["kubernetes/service-account.pub", ["sealed", ...recreate]],
] as const)
  test(`renewing ${secret} touches ${touched.join(", ")}`, () => {
    const renewed = apiserver({}, { [secret]: secret.endsWith(".crt") ? testPeerCertificate : "another" });

    assert.deepEqual(changedFields(apiserver(), renewed), touched.toSorted());
  });
