// backup-pki: what is in it, who reads it, and what it is never written over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { extract } from "tar-stream";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

async function splitMachine(): Promise<Machine> {
  const machine = fakeMachine(kubernetesCluster);
  assert.equal((await machine.run("split")).code, 0);
  machine.writes.length = 0;
  return machine;
}

async function somebody(): Promise<{ readonly identity: string; readonly recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

async function opened(machine: Machine, path: string, identity: string): Promise<ReadonlyMap<string, string>> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const archive = extract();
  archive.end(await decrypter.decrypt(new Uint8Array(machine.files.get(path)?.bytes ?? [])));
  const found = new Map<string, string>();
  for await (const entry of archive) {
    if (entry.header.type === "directory") {
      entry.resume();
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
    found.set(`${entry.header.name} ${(entry.header.mode & 0o7777).toString(8)}`, Buffer.concat(chunks).toString());
  }
  return found;
}

test("each recipient reads every file of pki/ with its mode, and nobody finds a key in the backup", async () => {
  const machine = await splitMachine();
  const [one, other] = [await somebody(), await somebody()];
  const all = [...machine.pki, ...[...machine.files].filter(([path]) => path.startsWith("pki/"))];
  // of a split that was killed
  machine.pki.set("pki/etcd/ca.key.tmp", { bytes: Buffer.from("half"), mode: 0o600 });

  const recipients = [one, other].flatMap(({ recipient }) => ["--recipient", recipient]);

  const { code, stdout, stderr } = await machine.run("backup-pki", "--to", "away/pki.age", ...recipients);

  assert.deepEqual([code, stdout], [0, ""]);
  assert.match(stderr, new RegExp(`^away/pki.age written: ${all.length} files of pki, for 2 recipients\\n$`));
  const wanted = new Map(
    all.map(([path, { bytes, mode }]) => [`${path} ${mode.toString(8)}`, Buffer.from(bytes).toString()]),
  );
  for (const { identity } of [one, other]) assert.deepEqual(await opened(machine, "away/pki.age", identity), wanted);
  assert.ok(all.some(([path]) => path === "pki/state.yaml"));
  assert.ok(all.some(([path]) => path === "pki/etcd/ca.key"));
  const written = machine.files.get("away/pki.age");
  assert.equal(written?.mode, 0o600);
  assert.ok(!Buffer.from(written.bytes).toString("latin1").includes("PRIVATE KEY"));
  assert.deepEqual(
    machine.writes.filter((write) => !write.includes("away")),
    [],
  );
});

test("a backup is overwritten by the next one, and nothing else is without --force", async () => {
  const machine = await splitMachine();
  const { identity, recipient } = await somebody();
  machine.put("note.txt", "mine");

  const refused = await machine.run("backup-pki", "--to", "note.txt", "--recipient", recipient);

  assert.equal(refused.code, 64);
  assert.match(refused.stderr, /note.txt: another file is there; --force overwrites it/);
  assert.equal(machine.text("note.txt"), "mine");
  for (const more of [["--force"], []])
    assert.equal((await machine.run("backup-pki", "--to", "note.txt", "--recipient", recipient, ...more)).code, 0);
  assert.ok((await opened(machine, "note.txt", identity)).size > 0);
});

test("a state that cannot be read, or is another cluster's, leaves the backup of before alone", async () => {
  const machine = await splitMachine();
  const { recipient } = await somebody();
  const backup = async () => machine.run("backup-pki", "--to", "pki.age", "--recipient", recipient);
  assert.equal((await backup()).code, 0);
  const before = machine.files.get("pki.age");
  const state = machine.text("pki/state.yaml") ?? "";

  for (const [text, told] of [
    ["", /state cannot be read/],
    [state.replace(/^cluster: .*$/m, "cluster: other"), /belongs to another cluster/],
  ] as const) {
    machine.put("pki/state.yaml", text);
    const { code, stderr } = await backup();
    assert.equal(code, 65);
    assert.match(stderr, told);
    assert.equal(machine.files.get("pki.age"), before);
  }
});

test("without anybody to read it, a place, or a pki/ nothing is written", async () => {
  const machine = await splitMachine();
  const { identity, recipient } = await somebody();
  const bare = fakeMachine(kubernetesCluster);

  for (const [on, args, code, words] of [
    [machine, ["--to", "x"], 64, /--recipient: nobody could read it/],
    [machine, ["--recipient", recipient], 64, /--to: the file to write is missing/],
    [machine, ["--to", "pki/etcd/../b", "--recipient", recipient], 64, /lies in pki, which it is a backup of/],
    [machine, ["--to", "x", "--recipient", "me"], 64, /--recipient: not a recipient of age/],
    [machine, ["--to", "x", "--recipient", identity], 64, /--recipient: not a recipient of age/],
    [bare, ["--to", "x", "--recipient", recipient], 65, /nothing to back up.*run flexkube-planner split first/],
  ] as const) {
    const { code: found, stderr } = await on.run("backup-pki", ...args);
    assert.equal(found, code, stderr);
    assert.match(stderr, words);
    assert.ok(!stderr.includes(identity));
    assert.deepEqual(on.writes, []);
  }
});

test("beside a split it waits for nobody and says so", async () => {
  const machine = await splitMachine();
  const { recipient } = await somebody();
  machine.locks.add("pki");

  assert.equal((await machine.run("backup-pki", "--to", "x", "--recipient", recipient)).code, 75);
  assert.equal(machine.text("x"), undefined);
});
