// The list of all certificates, and one that is made anew before it is due.
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { fakeMachine, testNow } from "#planner/cli/testing/fake-machine.ts";
import { certificateRows, certificatesText } from "#planner/split/report/report-certificates.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

const server = "etcd/h1-server";

async function splitCluster(config = smallCluster): Promise<Machine> {
  const machine = fakeMachine(config);
  assert.equal((await machine.run("split")).code, 0);
  return machine;
}

const pkiText = (machine: Machine, name: string): string =>
  Buffer.from(machine.pki.get(`pki/${name}`)?.bytes ?? []).toString("utf8");

/** All of pki/ and hosts/, without what a run leaves for itself. */
function filesOf({ pki, files }: Machine): Readonly<Record<string, string>> {
  const all = [...pki, ...files].filter(([path]) => !path.endsWith(".tmp"));
  return Object.fromEntries(all.map(([path, { bytes }]) => [path, Buffer.from(bytes).toString("utf8")]));
}

function differing(before: Readonly<Record<string, string>>, machine: Machine): readonly string[] {
  const now = filesOf(machine);
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((path) => before[path] !== now[path]);
}

function assertPair(machine: Machine, what: string): void {
  const certificate = new X509Certificate(pkiText(machine, `${server}.crt`));
  const keys = [`${server}.key`, `${server}.key.next`]
    .map((name) => pkiText(machine, name))
    .filter((text) => text !== "");
  assert.ok(
    keys.some((key) => certificate.checkPrivateKey(createPrivateKey(key))),
    what,
  );
}

test("all certificates stand in a table, the first to end first", async () => {
  const machine = await splitCluster();

  const { code, stdout, stderr } = await machine.run("certificates");

  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(
    stdout,
    `NAME            HOST  ENDS                RENEWED BY
etcd/h1-peer    h1    2028-01-01 (730d)   split from 2026-12-31
etcd/h1-server  h1    2028-01-01 (730d)   split from 2026-12-31
etcd/ca         -     2035-12-30 (3650d)  nobody: a CA stays
`,
  );
});

test("a list changes nothing, and says the same in JSON with times", async () => {
  const machine = await splitCluster();
  const before = filesOf(machine);
  machine.writes.length = 0;

  const { stdout } = await machine.run("certificates", "--json");

  assert.deepEqual([differing(before, machine), machine.writes], [[], []]);
  assert.partialDeepStrictEqual(JSON.parse(stdout), {
    version: 1,
    cluster: "demo",
    at: "2026-01-01T00:00:00Z",
    certificates: [
      {
        name: "etcd/h1-peer",
        host: "h1",
        for: "h1",
        issued: "2025-12-31T23:00:00Z",
        ends: "2028-01-01T00:00:00Z",
        renewalDue: "2026-12-31T23:30:00Z",
        renewedBy: "split",
      },
      { name: server },
      { name: "etcd/ca", renewedBy: "nobody" },
    ],
  });
});

test("what is not there yet, what is due and what nobody here can renew are told", async () => {
  const unsplit = (await fakeMachine(smallCluster).run("certificates")).stdout;
  const elsewhere = await splitCluster();
  elsewhere.pki.delete("pki/etcd/ca.key");

  assert.match(unsplit, /^etcd\/ca +- +not made yet +the next split: it does not exist yet$/m);
  assert.match(unsplit, /^etcd\/h1-peer +h1 +not made yet +the next split: it does not exist yet$/m);
  assert.match(
    (await elsewhere.run("certificates")).stdout,
    /^etcd\/h1-peer .* whoever has its CA's key from\n +2026-12-31$/m,
  );
  const life = { notBefore: testNow - 10, notAfter: testNow };
  const request = {
    id: "a",
    ca: "b",
    commonName: "c",
    dnsNames: [],
    ipAddresses: [],
    usages: [],
    validity: "1h",
  } as const;
  const leaf = { request, found: life, given: life, due: testNow, cause: "it has expired" };
  const rows = certificateRows({ cas: new Map(), leaves: [leaf], changes: [], holders: new Map() });
  assert.match(certificatesText(rows, testNow), /^a +- +2026-01-01 \(ENDED\) +the next split: it has expired$/m);
});

test("the table is no wider than a terminal, whatever hosts are called, and no name and no cause is lost", () => {
  const host = "the-second-worker-of-the-third-rack-of-x";
  const rows = ["apiserver-kubelet-client", "controller-manager"].map((what, index) => ({
    name: `kubernetes/hosts/${host}/${what}`,
    host,
    for: what,
    ends: testNow + index,
    renewedBy: "split" as const,
    pending: `its addresses change: ${"10.77.0.11, ".repeat(9)}10.99.0.1`,
  }));

  const lines = certificatesText(rows, testNow).trimEnd().split("\n");

  for (const line of lines) assert.ok(line.length <= 80, line);
  for (const part of ["kubelet-", "client", "manager", "rack-", "10.99.0.1", "(ENDED)"])
    assert.ok(lines.join("\n").includes(part), part);
});

test("with Kubernetes each is there once, with its host and a date", async () => {
  const machine = await splitCluster(kubernetesCluster);

  const { stdout } = await machine.run("certificates", "--json");

  const { certificates } = JSON.parse(stdout) as { readonly certificates: readonly Readonly<Record<string, string>>[] };
  const files = [...machine.pki.keys()].filter((path) => path.endsWith(".crt"));
  assert.deepEqual(certificates.map(({ name }) => `pki/${name}.crt`).toSorted(), files.toSorted());
  for (const { name = "", host, ends = "" } of certificates) {
    assert.equal(host === undefined, name.endsWith("/ca"), name);
    assert.ok(Date.parse(ends) > testNow, name);
  }
});

test("one is made anew and nothing else; the next split gives it to its host alone", async () => {
  const machine = await splitCluster();
  const before = filesOf(machine);

  const { code, stdout } = await machine.run("certificates", "--renew", server);

  assert.equal(code, 0);
  assert.equal(
    stdout,
    `pki/etcd/h1-server.crt: made anew, ends at 2028-01-01T00:00:00Z
now: flexkube-planner split, and deliver to h1; until then it has the one before
`,
  );
  assert.deepEqual(differing(before, machine).toSorted(), ["pki/etcd/h1-server.crt", "pki/etcd/h1-server.key"]);
  assertPair(machine, "the new pair");
  const renewed = filesOf(machine);
  assert.equal((await machine.run("split")).code, 0);
  assert.deepEqual(differing(renewed, machine).toSorted(), ["hosts/h1.yaml", "pki/state.yaml"]);
  assert.equal(machine.hosts()["h1"]?.secrets["etcd/server.crt"], pkiText(machine, `${server}.crt`));
});

test("a name that none has, a CA, and a cluster without any are refused with what to do", async () => {
  const machine = await splitCluster();
  const before = filesOf(machine);
  const told = async (name: string, on = machine) => {
    const { code, stdout, stderr } = await on.run("certificates", "--renew", name);
    assert.equal(stdout, "");
    return `${code} ${stderr}`;
  };

  assert.match(await told("etcd/h1-sever"), /^64 .*there is no such certificate \(did you mean etcd\/h1-server\?\)/);
  assert.match(await told("x"), /^64 .*; flexkube-planner certificates lists all/);
  assert.match(await told("etcd/ca"), /^64 .*a CA is not renewed/);
  assert.match(
    await told(server, fakeMachine(smallCluster)),
    /^65 .*there are no certificates yet.*run flexkube-planner split first/,
  );
  machine.locks.add("pki");
  assert.match(await told(server), /^75 /);
  machine.locks.clear();
  assert.deepEqual(differing(before, machine), []);
  machine.pki.delete("pki/etcd/ca.key");
  assert.match(await told(server), /^65 .*held elsewhere/);
});

test("--renew has no data to print, and makes nothing anew where some is asked for", async () => {
  const machine = await splitCluster();
  const before = machine.writes.length;

  for (const form of [["--json"], ["-o", "yaml"]]) {
    const { code, stderr } = await machine.run("certificates", "--renew", "etcd/h1-peer", ...form);
    assert.deepEqual([code, machine.writes.length], [64, before]);
    assert.match(stderr, /--renew: prints no data: leave --json and --output out/);
  }
});

test("killed anywhere, the pair is whole, and the next split goes on", async () => {
  const first = await splitCluster();
  for (let effect = 1; ; effect++) {
    const machine = first.copy();
    machine.dieAt(machine.count() + effect);
    const died = await machine.run("certificates", "--renew", server).then(
      ({ code }) => code !== 0,
      () => true,
    );
    machine.dieAt(undefined);
    machine.locks.clear();
    assertPair(machine, `killed at effect ${effect}`);

    assert.equal((await machine.run("split")).code, 0, `killed at effect ${effect}`);

    assertPair(machine, `split after effect ${effect}`);
    if (died) continue;
    assert.equal(machine.pki.has(`pki/${server}.key.next`), false);
    return;
  }
});
