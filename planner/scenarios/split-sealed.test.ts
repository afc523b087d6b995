// split --seal: what is written, what is kept, and what becomes of lost or rotated keys.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { isSealed, isSignedBy, readEnvelope, unpackBody } from "#shared/sealed/envelope.ts";
import type { Envelope } from "#shared/sealed/envelope.ts";

async function sealedMachine(cluster = smallCluster): Promise<FakeMachine> {
  const machine = fakeMachine(cluster);
  const { code, stderr } = await machine.run("split", "--seal");
  assert.equal(code, 0, stderr);
  return machine;
}

const bytesOf = ({ files }: FakeMachine, host: string): Uint8Array =>
  files.get(`sealed/${host}.age`)?.bytes ?? new Uint8Array();

function keyOf({ pki }: FakeMachine, name: string): string {
  return Buffer.from(pki.get(`pki/delivery/${name}`)?.bytes ?? []).toString();
}

async function opened(machine: FakeMachine, host: string, identity: string): Promise<Envelope> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity.trim());
  const envelope = readEnvelope(await decrypter.decrypt(Uint8Array.from(bytesOf(machine, host))));
  assert.ok(envelope !== undefined);
  return envelope;
}

test("each host's file opens with its key and with that for recovery, to the very host config, signed", async () => {
  const machine = await sealedMachine();

  for (const host of ["h1", "h2", "h3"])
    for (const key of [`hosts/${host}.key`, "recovery.key"]) {
      const envelope = await opened(machine, host, keyOf(machine, key));
      assert.ok(isSignedBy(envelope, [keyOf(machine, "signer.pub")]));
      assert.equal(unpackBody(envelope.body), machine.text(`hosts/${host}.yaml`));
      assert.deepEqual(envelope.header, { cluster: "demo", host, generation: 1 });
    }
  await assert.rejects(opened(machine, "h1", keyOf(machine, "hosts/h2.key")), /no identity matched/);
});

test("no key is found in a sealed file, in any place of it or of what is printed", async () => {
  const machine = fakeMachine(smallCluster);
  const { stdout, stderr } = await machine.run("split", "--seal");
  const places = new Map([
    ["stdout", stdout],
    ["stderr", stderr],
  ]);
  for (const [path, { bytes }] of machine.files)
    if (path.startsWith("sealed/")) places.set(path, Buffer.from(bytes).toString("latin1"));
  const secrets = [...machine.pki].filter(([path]) => path.endsWith(".key"));

  assert.ok(secrets.length > 5 && places.size === 5);
  for (const [secret, { bytes }] of secrets)
    for (const [place, text] of places)
      for (const line of Buffer.from(bytes)
        .toString()
        .split("\n")
        .filter((each) => each.length > 20 && !each.startsWith("-")))
        assert.ok(!text.includes(line), `${secret} in ${place}`);
  assert.ok([...places.values()].every((text) => !text.includes("correct horse")));
});

test("a host's config has its own key and who signs, and no other key of sealing", async () => {
  const { h1, h2 } = (await sealedMachine()).hosts();

  assert.deepEqual(h1?.agent.delivery, { signers: "delivery/signer.pub", identity: "delivery/host.key" });
  assert.notEqual(h1.secrets["delivery/host.key"], h2?.secrets["delivery/host.key"]);
  assert.deepEqual(
    Object.keys(h1.secrets).filter((name) => name.startsWith("delivery/")),
    ["delivery/host.key", "delivery/signer.pub"],
  );
});

test("a second split writes nothing; a change seals that host's alone, and names the one before it", async () => {
  const machine = await sealedMachine();
  const before = new Map(machine.files);
  machine.writes.length = 0;

  assert.equal((await machine.run("split")).code, 0);
  assert.deepEqual(machine.writes, []);
  assert.equal((await machine.run("diff")).code, 0);

  machine.put("cluster.yaml", smallCluster.replace("workers: [h2, h3]", "workers: [h2]"));
  assert.match((await machine.run("split")).stdout, /sealed in sealed: 3 hosts, 1 sealed anew/);
  assert.deepEqual(bytesOf(machine, "h2"), before.get("sealed/h2.age")?.bytes);
  const { header } = await opened(machine, "h3", keyOf(machine, "hosts/h3.key"));
  assert.equal(header.generation, 2);
  assert.equal(header.previous?.generation, 1);
});

test("what is lost, damaged or not known is sealed anew; nothing else is", async () => {
  const machine = await sealedMachine();
  machine.files.delete("sealed/h1.age");
  machine.put("sealed/h2.age", "half");
  assert.equal((await machine.run("diff")).code, 2);

  assert.match((await machine.run("split")).stdout, /3 hosts, 2 sealed anew/);
  assert.ok(isSealed(bytesOf(machine, "h2")));

  machine.put("pki/delivery/sealed.json", "{");
  assert.match((await machine.run("split")).stdout, /3 hosts, 3 sealed anew/);
});

test("without --seal nothing is sealed, and no host config says anything of it", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");

  assert.ok(![...machine.files.keys(), ...machine.pki.keys()].some((path) => /sealed|delivery/.test(path)));
  assert.equal(machine.hosts()["h1"]?.agent.delivery, undefined);
});

test("a key that was made on its host is sealed to, and stands nowhere here", async () => {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const machine = await sealedMachine(
    smallCluster.replace("h3: { address: 10.0.0.3 }", `h3: { address: 10.0.0.3, recipient: ${recipient} }`),
  );

  assert.equal((await opened(machine, "h3", identity)).header.host, "h3");
  assert.equal(machine.pki.has("pki/delivery/hosts/h3.key"), false);
  assert.deepEqual(machine.hosts()["h3"]?.agent.delivery, { signers: "delivery/signer.pub" });
});

test("a signer that is lost is asked for, and another one is taken where a person puts it", async () => {
  const machine = await sealedMachine();
  machine.pki.delete("pki/delivery/signer.key");
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 65);
  assert.match(stderr, /openssl genpkey -algorithm ed25519 -out pki\/delivery\/signer\.key/);

  const { privateKey } = generateKeyPairSync("ed25519");
  machine.pki.set("pki/delivery/signer.key", {
    bytes: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
    mode: 0o600,
  });
  assert.match((await machine.run("split")).stderr, /none of its keys is that of/);
  machine.pki.delete("pki/delivery/signer.pub");
  assert.match((await machine.run("split")).stdout, /3 hosts, 3 sealed anew/);
});

test("a host's key that is put aside gives a new one, and both open until it is removed", async () => {
  const machine = await sealedMachine();
  const former = machine.pki.get("pki/delivery/hosts/h1.key");
  assert.ok(former !== undefined);
  machine.pki.delete("pki/delivery/hosts/h1.key");
  machine.pki.set("pki/delivery/hosts/h1.former.key", former);
  const old = Buffer.from(former.bytes).toString();

  assert.match((await machine.run("split")).stdout, /3 hosts, 1 sealed anew/);
  for (const key of [old, keyOf(machine, "hosts/h1.key")])
    assert.equal((await opened(machine, "h1", key)).header.generation, 2);

  machine.pki.delete("pki/delivery/hosts/h1.former.key");
  assert.match((await machine.run("split")).stdout, /3 hosts, 1 sealed anew/);
  assert.equal((await opened(machine, "h1", keyOf(machine, "hosts/h1.key"))).header.generation, 2);
  await assert.rejects(opened(machine, "h1", old), /no identity matched/);
});

test("the key for recovery may be anywhere, and may be somebody's", async () => {
  const machine = await sealedMachine();
  machine.pki.delete("pki/delivery/recovery.key");
  machine.writes.length = 0;
  assert.equal((await machine.run("split")).code, 0);
  assert.deepEqual(machine.writes, []);

  const identity = await generateX25519Identity();
  machine.pki.set("pki/delivery/recovery.pub", {
    bytes: Buffer.from(`# ours\n${await identityToRecipient(identity)}\n`),
    mode: 0o644,
  });
  await machine.run("split");
  assert.equal((await opened(machine, "h2", identity)).header.host, "h2");
});

test("public files that hold a private key, a recipient that is none, or half a key are refused, and nothing is written", async () => {
  const machine = await sealedMachine();
  const own = keyOf(machine, "signer.pub");
  const next = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const recovery = keyOf(machine, "recovery.pub");
  const half = next.replaceAll("PRIVATE", "PUBLIC").slice(0, 60);
  machine.writes.length = 0;

  for (const [name, text, before, reason] of [
    ["signer.pub", own + next, own, /signer\.pub: it holds a private key, and all hosts get this file: openssl pkey/],
    ["signer.pub", keyOf(machine, "signer.key"), own, /signer\.pub: it holds a private key/],
    ["signer.pub", own + half, own, /signer\.pub: it has a PEM block that does not end, line 4/],
    [
      "recovery.pub",
      recovery.replace(/.\n/, "b\n"),
      recovery,
      /recovery\.pub: its checksum does not fit the recipient/,
    ],
    ["recovery.pub", keyOf(machine, "recovery.key"), recovery, /recovery\.pub: no recipient of a kind/],
  ] as const) {
    machine.pki.set(`pki/delivery/${name}`, { bytes: Buffer.from(text), mode: 0o644 });
    const { code, stderr } = await machine.run("split");
    assert.equal(code, 65);
    assert.match(stderr, reason);
    assert.doesNotMatch(stderr, /AGE-SECRET-KEY/);
    machine.pki.set(`pki/delivery/${name}`, { bytes: Buffer.from(before), mode: 0o644 });
  }
  assert.deepEqual(machine.writes, []);
});

test("a host that left the cluster config has a sealed file that is kept and named like the other", async () => {
  const machine = await sealedMachine();
  machine.put("cluster.yaml", smallCluster.replace("  h3: { address: 10.0.0.3 }\n", "").replace("[h2, h3]", "[h2]"));

  const { stderr } = await machine.run("split");

  assert.match(stderr, /^warning: h3 is no longer .*; hosts\/h3\.yaml and sealed\/h3\.age are kept\. To clear/);
  machine.files.delete("sealed/h3.age");
  assert.match((await machine.run("split")).stderr, /^warning: h3 .*; hosts\/h3\.yaml is kept\. To clear/);
});
