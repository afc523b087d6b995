// kubeconfig: who the certificate says its owner is, how long, and where it goes.
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { parse } from "yaml";
import { fakeMachine, testNow } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;
type Kubeconfig = {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
  readonly "current-context": string;
};

async function splitMachine(config = kubernetesCluster): Promise<Machine> {
  const machine = fakeMachine(config);
  assert.equal((await machine.run("split")).code, 0);
  machine.writes.length = 0;
  return machine;
}

function parsed(text: string) {
  const { clusters, users, "current-context": context } = parse(text) as Kubeconfig;
  const decoded = (value = ""): string => Buffer.from(value, "base64").toString();
  const { server, "certificate-authority-data": ca } = clusters[0]?.cluster ?? {};
  const { "client-certificate-data": certificate, "client-key-data": key } = users[0]?.user ?? {};
  return {
    server,
    context,
    ca: decoded(ca),
    certificate: new X509Certificate(decoded(certificate)),
    key: decoded(key),
  };
}

test("without options it is an administrator's, for thirty days, at the first API server", async () => {
  const machine = await splitMachine();

  const { code, stdout, stderr } = await machine.run("kubeconfig");

  const { server, context, ca, certificate, key } = parsed(stdout);
  assert.deepEqual([code, stderr, machine.writes], [0, "", []]);
  assert.deepEqual([server, context], ["https://10.77.0.11:6443", "kubernetes-admin@demo"]);
  assert.equal(certificate.subject, "O=flexkube:admins\nCN=kubernetes-admin");
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  assert.ok(certificate.verify(new X509Certificate(ca).publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
  assert.equal(certificate.validToDate.getTime(), testNow + 720 * 3_600_000);
});

test("a user with groups, a life and a server of one's choice", async () => {
  const machine = await splitMachine();
  const args =
    "kubeconfig cluster.yaml --user eve --group dev --group ops --expires 8h --server https://api.example.org";

  const { server, certificate } = parsed((await machine.run(...args.split(" "))).stdout);

  assert.equal(server, "https://api.example.org");
  assert.equal(certificate.subject, "O=dev\nO=ops\nCN=eve");
  assert.equal(certificate.validToDate.getTime(), testNow + 8 * 3_600_000);
});

test("another user is in no group unless it is said", async () => {
  const machine = await splitMachine();

  assert.equal(parsed((await machine.run("kubeconfig", "--user", "eve")).stdout).certificate.subject, "CN=eve");
});

test("two calls give two keys", async () => {
  const machine = await splitMachine();

  const [first, second] = [await machine.run("kubeconfig"), await machine.run("kubeconfig")];

  assert.notEqual(parsed(first.stdout).key, parsed(second.stdout).key);
});

test("a file of its own is written for its owner only, and another file is left alone", async () => {
  const machine = await splitMachine();
  machine.put("config", "apiVersion: v1\nkind: Config\n");

  const first = await machine.run("kubeconfig", "--out", "keys/admin.conf");
  const again = await machine.run("kubeconfig", "--out", "keys/admin.conf");
  const foreign = await machine.run("kubeconfig", "--out", "config");
  const forced = await machine.run("kubeconfig", "--out", "config", "--force");

  assert.deepEqual([first.code, again.code, foreign.code, forced.code], [0, 0, 64, 0]);
  assert.deepEqual([first.stdout, machine.files.get("keys/admin.conf")?.mode], ["", 0o600]);
  assert.match(foreign.stderr, /config: another file is there; --force overwrites it/);
  assert.equal(parsed(machine.text("config") ?? "").context, "kubernetes-admin@demo");
});

test("the group that no rule can bind is told of", async () => {
  const machine = await splitMachine();

  const { code, stderr } = await machine.run("kubeconfig", "--group", "system:masters");

  assert.equal(code, 0);
  assert.match(stderr, /^warning: system:masters may do everything/);
});

test("a life that is longer than the CA's is cut, and that is told", async () => {
  const machine = await splitMachine();

  const { code, stderr } = await machine.run("kubeconfig", "--expires", "876000h");

  assert.equal(code, 0);
  assert.match(stderr, /^warning: it ends \d{4}-\S+Z, as its CA does, and not after 876000h\n$/);
  assert.equal((await machine.run("kubeconfig", "--expires", "8h")).stderr, "");
});

test("without a CA, a control plane or a usable argument it says what is missing", async () => {
  const fresh = fakeMachine(kubernetesCluster);
  const machine = await splitMachine();
  const said = async (on: Machine, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await on.run("kubeconfig", ...args);
    return [code, stdout, stderr.split("\n")[0]];
  };

  assert.deepEqual(await said(fresh), [
    65,
    "",
    "flexkube-planner: there is no CA yet: pki/kubernetes/ca.key: run flexkube-planner split first",
  ]);
  assert.deepEqual(await said(fakeMachine(smallCluster)), [
    64,
    "",
    "flexkube-planner: cluster.yaml: the cluster config has no section kubernetes",
  ]);
  assert.deepEqual(await said(fakeMachine(smallCluster + "kubernetes: { version: 1.36.3 }\n")), [
    64,
    "",
    "flexkube-planner: --server: the cluster config knows no API server; say where it is reached",
  ]);
  for (const [typed, fault] of [
    ["soon", "a duration such as 500ms, 10s, 5m or 1h30m"],
    ["59s", "59s is too short"],
    ["876001h", "876001h is too long"],
    ["999999999h999999999h", "999999999h999999999h is too long"],
  ] as const)
    assert.deepEqual(await said(machine, "--expires", typed), [
      64,
      "",
      `flexkube-planner: ${typed}: not a duration of a minute or more, such as 8h: ${fault}`,
    ]);
  for (const server of ["http://x", "https://x/", "https://x:65536", "https://me:word@x", "https://x?y", "https://"])
    assert.deepEqual(await said(machine, "--server", server), [
      64,
      "",
      `flexkube-planner: ${server.includes("word") ? "--server" : server}: not an https URL without a path, such as https://api.example.org:6443`,
    ]);
  for (const user of ["a\nb", "a\tb", "a\u202eb"]) assert.equal((await said(machine, "--user", user))[0], 64);
  assert.equal((await said(machine, "--user", ""))[0], 64);
  assert.equal((await said(fakeMachine(`${kubernetesCluster}x: 1\n`)))[0], 65);
});

test("the keys of another cluster are not taken", async () => {
  const machine = await splitMachine();
  machine.put("cluster.yaml", kubernetesCluster.replace(/^name: .*$/m, "name: other"));

  const { code, stdout, stderr } = await machine.run("kubeconfig");

  assert.deepEqual([code, stdout], [65, ""]);
  assert.match(stderr, /belongs to another cluster/);
});

test("a certificate that lies in pki/ by the name of the one that is made is not used", async () => {
  const machine = await splitMachine();
  const other = machine.pki.get("pki/kubernetes/hosts/h1/applier.crt");
  assert.ok(other);
  machine.pki.set("pki/kubernetes/kubeconfig.crt", other);

  assert.equal(
    parsed((await machine.run("kubeconfig")).stdout).certificate.subject,
    "O=flexkube:admins\nCN=kubernetes-admin",
  );
});
