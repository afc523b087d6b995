// Keys that belong to no certificate: made once, completed after a kill, never replaced.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import { isFlexkubeError } from "#shared/errors.ts";
import { memoryPkiIo, type MemoryPkiIo } from "./memory-pki-io.ts";
import { prepareKeys, type KeyOptions, type PreparedKeys } from "./prepare-keys.ts";
import { putText, textOf } from "./testing/pki-fixture.ts";

const pair = { id: "k/pair", kind: "pair" } as const;
const encryption = { id: "k/encryption", kind: "encryption" } as const;

function options(io: MemoryPkiIo, changes: Partial<KeyOptions> = {}): KeyOptions {
  const randomBytes = (count: number): Uint8Array => new Uint8Array(count).fill(7);
  return { directory: "pki", keys: [pair, encryption], made: [], io, randomBytes, ...changes };
}

async function run(io: MemoryPkiIo, changes: Partial<KeyOptions> = {}): Promise<PreparedKeys> {
  const prepared = await prepareKeys(options(io, changes));
  await prepared.write();
  return prepared;
}

async function refusal(io: MemoryPkiIo, changes: Partial<KeyOptions> = {}): Promise<string> {
  const before = new Map(io.files);
  const error: unknown = await run(io, changes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.deepEqual(io.files, before);
  assert.ok(isFlexkubeError(error, "PKI_UNREADABLE") || isFlexkubeError(error, "PKI_MISMATCH"));
  return `${error.message}: ${error.details.file}: ${error.details.reason}`;
}

test("a new pair is ECDSA P-256, private as PKCS#8 for its owner only, public as SPKI", async () => {
  const io = memoryPkiIo();

  const { pairs, changes } = await run(io, { keys: [pair] });

  const [key, publicKey] = [textOf(io, "pki/k/pair.key"), textOf(io, "pki/k/pair.pub")];
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  assert.match(publicKey, /^-----BEGIN PUBLIC KEY-----/);
  assert.equal(createPrivateKey(key).asymmetricKeyDetails?.namedCurve, "prime256v1");
  assert.ok(verify("sha256", Buffer.from("x"), createPublicKey(publicKey), sign("sha256", Buffer.from("x"), key)));
  assert.deepEqual([io.files.get("pki/k/pair.key")?.mode, pairs.get(pair.id)?.publicKey], [0o600, publicKey]);
  assert.equal(pairs.get(pair.id)?.key.reveal(), key);
  assert.deepEqual(changes, [{ id: pair.id, cause: "it does not exist yet" }]);
});

test("a new key that encrypts is 32 random bytes under a name, for its owner only", async () => {
  const io = memoryPkiIo();

  const prepared = await run(io, { keys: [encryption] });

  assert.equal(textOf(io, "pki/k/encryption"), `key1 ${Buffer.alloc(32, 7).toString("base64")}\n`);
  assert.equal(io.files.get("pki/k/encryption")?.mode, 0o600);
  assert.deepEqual(prepared.encryption.get(encryption.id)?.reveal(), [
    { name: "key1", secret: Buffer.alloc(32, 7).toString("base64") },
  ]);
});

test("a second run changes nothing and gives the same keys", async () => {
  const io = memoryPkiIo();
  const first = await run(io);
  const before = new Map(io.files);

  const second = await run(io, { made: [pair.id, encryption.id] });

  assert.deepEqual(io.files, before);
  assert.deepEqual(second.changes, []);
  assert.equal(second.pairs.get(pair.id)?.key.reveal(), first.pairs.get(pair.id)?.key.reveal());
  assert.deepEqual(second.encryption.get(encryption.id)?.reveal(), first.encryption.get(encryption.id)?.reveal());
});

test("keys that were wanted by several hosts are one", async () => {
  const { changes } = await run(memoryPkiIo(), { keys: [pair, pair, encryption, encryption] });

  assert.deepEqual(
    changes.map(({ id }) => id),
    [encryption.id, pair.id],
  );
});

test("killed at any effect, the next run has whole keys and keeps what was written", async () => {
  const count = { effects: 0 };
  await run(memoryPkiIo(() => void (count.effects += 1)));
  for (let death = 0; death < count.effects; death++) {
    let left = death;
    const io = memoryPkiIo(() => {
      if (left-- <= 0) throw new Error("the machine is dead");
    });
    await assert.rejects(run(io));
    const survived = new Map(io.files);
    left = Infinity;

    const { pairs } = await run(io);

    assert.equal(pairs.get(pair.id)?.key.reveal(), textOf(io, "pki/k/pair.key"));
    for (const path of ["pki/k/pair.key", "pki/k/encryption"])
      if (survived.has(path)) assert.deepEqual(io.files.get(path), survived.get(path), `${death}: ${path}`);
  }
});

test("a key that appears while another is made is not overwritten", async () => {
  const io = memoryPkiIo();
  const prepared = await prepareKeys(options(io, { keys: [pair] }));
  putText(io, "pki/k/pair.key", "another run's");

  await assert.rejects(prepared.write(), { code: "PKI_MISMATCH" });

  assert.equal(textOf(io, "pki/k/pair.key"), "another run's");
});

test("the public key is written again from the private one; further public keys in its file are kept", async () => {
  const io = memoryPkiIo();
  await run(io, { keys: [pair] });
  const own = textOf(io, "pki/k/pair.pub");
  io.files.delete("pki/k/pair.pub");

  const { changes } = await run(io, { keys: [pair], made: [pair.id] });
  const old = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });
  putText(io, "pki/k/pair.pub", `${String(old)}${own}`);
  const { pairs } = await run(io, { keys: [pair] });

  assert.deepEqual(changes, [{ id: pair.id, cause: "its public key is not there" }]);
  assert.equal(pairs.get(pair.id)?.publicKey, `${String(old)}${own}`);
});

test("an RSA key of the user's own is taken as it is", async () => {
  const io = memoryPkiIo();
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
  putText(io, "pki/k/pair.key", String(key));

  const { pairs } = await run(io, { keys: [pair] });

  assert.equal(pairs.get(pair.id)?.key.reveal(), String(key));
});

test("what is missing, foreign, unfit or unreadable is refused with nothing changed", async () => {
  const io = memoryPkiIo();
  await run(io);
  const at = (changes: Readonly<Record<string, string | undefined>>): MemoryPkiIo => {
    const copy = memoryPkiIo();
    for (const [path, file] of io.files) copy.files.set(path, file);
    for (const [path, text] of Object.entries(changes)) {
      copy.files.delete(`pki/k/${path}`);
      if (text !== undefined) putText(copy, `pki/k/${path}`, text);
    }
    return copy;
  };
  const ed25519 = String(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));
  const other = String(
    generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
  );
  const good = Buffer.alloc(32).toString("base64");

  assert.match(await refusal(at({ "pair.key": undefined })), /^a key is missing that is in use: pki\/k\/pair.key/);
  assert.match(
    await refusal(at({ "pair.key": undefined, "pair.pub": undefined }), { made: [pair.id] }),
    /^a key is missing that is in use/,
  );
  assert.match(
    await refusal(at({ encryption: undefined }), { made: [encryption.id] }),
    /^a key is missing that is in use: pki\/k\/encryption: .* a line `<name> <secret>`/,
  );
  assert.match(await refusal(at({ "pair.pub": other })), /^a public key and its private key do not match/);
  assert.match(await refusal(at({ "pair.pub": "x" })), /^a public key and its private key do not match/);
  assert.match(await refusal(at({ "pair.key": "x" })), /^a private key cannot be read/);
  assert.match(await refusal(at({ "pair.key": ed25519 })), /^a key is of a kind that cannot sign tokens/);
  for (const [text, place] of [
    ["key1 short", ":1: expected a name"],
    [`key1 ${good}\nkey2 ${good} x`, ":2: expected a name"],
    [`KEY ${good}`, ":1: expected a name"],
    ["\n", ": there is no key in it"],
    [`a ${good}\na ${good}`, ": two keys have one name"],
  ] as const) {
    const said = await refusal(at({ encryption: text }));
    assert.ok(said.includes(`pki/k/encryption${place}`), said);
    assert.ok(!said.includes(good));
  }
});

test("a broken public key is told of by its file", async () => {
  const io = memoryPkiIo();
  await run(io, { keys: [pair] });
  putText(io, "pki/k/pair.pub", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");

  assert.match(await refusal(io, { keys: [pair] }), /^a public key cannot be read: pki\/k\/pair.pub/);
});

test("several keys that encrypt keep their order", async () => {
  const io = memoryPkiIo();
  const [first, second] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64"));
  putText(io, "pki/k/encryption", `new ${first}\nold ${second}\n`);

  const prepared = await run(io, { keys: [encryption] });

  assert.deepEqual(prepared.encryption.get(encryption.id)?.reveal(), [
    { name: "new", secret: first },
    { name: "old", secret: second },
  ]);
});
