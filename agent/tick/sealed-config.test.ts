// A host that gets its first config by hand, then sealed ones: which are taken, and which are refused by which code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { armor } from "age-encryption";
import fc from "fast-check";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { configText, encryptTo, newHostKey, newSigner, sealText } from "#agent/sealed/testing/sealing-cluster.ts";
import type { Fields, HostKey, Signer } from "#agent/sealed/testing/sealing-cluster.ts";
import { contentKey } from "#shared/delivery/content-key.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { maxSealedBytes, packEnvelope } from "#shared/sealed/envelope.ts";
import type { SealedHeader } from "#shared/sealed/envelope.ts";
import { createConfigLoader } from "./load-config.ts";
import type { Loaded } from "./load-config.ts";

type Words = { readonly allowOlder?: boolean; readonly acceptUnsealed?: boolean; readonly signers?: readonly string[] };

function newHost() {
  const state = createMemoryState();
  return {
    state,
    /** A new process reads it. */
    give: async (content: string | Uint8Array, words: Words = {}): Promise<Loaded> =>
      createConfigLoader()({
        source: {
          read: async () =>
            Promise.resolve(typeof content === "string" ? content : Buffer.from(content).toString("latin1")),
          name: "host.yaml",
          host: "h1",
          allowOlder: words.allowOlder ?? false,
          acceptUnsealed: words.acceptUnsealed,
          signers: words.signers,
        },
        state,
        keep: true,
        facts: async () => Promise.resolve({}),
      }),
  };
}

type Host = ReturnType<typeof newHost>;
type Keys = { readonly signer: Signer; readonly key: HostKey };

async function newKeys(): Promise<Keys> {
  return { signer: newSigner(), key: await newHostKey() };
}

/** What the planner makes of these fields. */
async function sealed(fields: Fields, { signer, key }: Keys, more: Partial<SealedHeader> = {}): Promise<Uint8Array> {
  const { cluster = "demo", host = "h1", generation = 1 } = fields;
  const text = configText({ signers: [signer], identity: key.identity, ...fields });
  return sealText(text, { cluster, host, generation, ...more }, { signer, recipients: [key.recipient] });
}

async function begun(keys: Keys, generation = 5): Promise<Host> {
  const host = newHost();
  await host.give(configText({ generation, signers: [keys.signer], identity: keys.key.identity }));
  return host;
}

const imageOf = ({ config }: Loaded): string | undefined => config.containers["web"]?.image;
const told = ({ problems }: Loaded): string => problems.map(({ problem, hint }) => `${problem}: ${hint}`).join("\n");

test("the first config by hand, then sealed ones, which a restart opens again", async () => {
  const keys = await newKeys();
  const host = await begun(keys);
  const next = await sealed({ generation: 6, image: "server:2" }, keys);

  for (const loaded of [await host.give(next), await host.give(next)]) {
    assert.deepEqual(loaded.problems, []);
    assert.deepEqual(loaded.warnings, []);
    assert.equal(imageOf(loaded), "server:2");
  }
  assert.equal(imageOf(await host.give(await sealed({ generation: 7, image: "server:3" }, keys))), "server:3");
});

test("a sealed file is taken as text too, as age --armor makes it", async () => {
  const keys = await newKeys();
  const host = await begun(keys);
  const text = armor.encode(await sealed({ generation: 6, image: "server:2" }, keys));

  for (const each of [text, text.replaceAll("\n", "\r\n"), `${text}\n`])
    assert.equal(imageOf(await host.give(each)), "server:2");
});

const code = (word: string): RegExp => new RegExp(`\\(${word}\\): .*(?:sealed/|flexkube-agent |split again)`);

for (const [what, wrong, refused] of [
  [
    "another signer's",
    async ({ key }: Keys) => sealed({ generation: 6 }, { signer: newSigner(), key }),
    "OTHER_SIGNER",
  ],
  [
    "sealed to another host",
    async ({ signer }: Keys) => sealed({ generation: 6 }, { signer, key: await newHostKey() }),
    "OTHER_KEY",
  ],
  [
    "another host's, sealed to this one",
    async (keys: Keys) => sealed({ generation: 6, host: "h2" }, keys),
    "OTHER_HOST",
  ],
  ["another cluster's", async (keys: Keys) => sealed({ generation: 6, cluster: "other" }, keys), "OTHER_CLUSTER"],
  ["an older one", async (keys: Keys) => sealed({ generation: 4 }, keys), "OLDER"],
  [
    "one that follows on another split",
    async (keys: Keys) => sealed({ generation: 6 }, keys, { previous: { generation: 5, content: "0".repeat(64) } }),
    "OTHER_SPLIT",
  ],
  ["cut", async (keys: Keys) => (await sealed({ generation: 6 }, keys)).slice(0, -9), "DAMAGED"],
  [
    "cut as text",
    async (keys: Keys) => Buffer.from(armor.encode(await sealed({ generation: 6 }, keys)).slice(0, -60)),
    "DAMAGED",
  ],
  [
    "not what it says",
    async ({ key }: Keys) => encryptTo(new Uint8Array(Buffer.from("text")), [key.recipient]),
    "DAMAGED",
  ],
  [
    "huge",
    async (keys: Keys) => Buffer.concat([await sealed({ generation: 6 }, keys), Buffer.alloc(maxSealedBytes)]),
    "TOO_LARGE",
  ],
  [
    "a bomb of its signer's",
    async ({ signer, key }: Keys) =>
      encryptTo(packEnvelope(" ".repeat(64 * 2 ** 20), { cluster: "demo", host: "h1", generation: 6 }, signer.key), [
        key.recipient,
      ]),
    "TOO_LARGE",
  ],
  [
    "unsealed",
    async ({ signer, key }: Keys) =>
      Promise.resolve(configText({ generation: 6, signers: [signer], identity: key.identity, image: "server:2" })),
    "REQUIRED",
  ],
] as const)
  test(`refused by its own code, and what was in force stays: ${what}`, async () => {
    const keys = await newKeys();
    const host = await begun(keys);

    const loaded = await host.give(await wrong(keys));

    assert.match(told(loaded), code(`SEALED_${refused}`));
    assert.equal(loaded.config.generation, 5);
    assert.equal(imageOf(loaded), "server:1");
    assert.equal(imageOf(await host.give(await sealed({ generation: 6, image: "server:2" }, keys))), "server:2");
  });

test("what is signed is the header too: nobody who can seal to the host gives an older config a new number", async () => {
  const keys = await newKeys();
  const host = await begun(keys);
  const old = packEnvelope(
    configText({ generation: 4 }),
    { cluster: "demo", host: "h1", generation: 4 },
    keys.signer.key,
  );
  const forged = Buffer.from(Buffer.from(old).toString("latin1").replace('"generation":4', '"generation":9'), "latin1");

  const loaded = await host.give(await encryptTo(new Uint8Array(forged), [keys.key.recipient]));

  assert.match(told(loaded), code("SEALED_OTHER_SIGNER"));
});

test("a bit that flips anywhere is refused", async () => {
  const keys = await newKeys();
  const host = await begun(keys);
  const whole = await sealed({ generation: 6, image: "server:2" }, keys);

  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = Uint8Array.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const loaded = await host.give(flipped);
      // in its first bytes it is no sealed file any more
      assert.match(told(loaded), /\(SEALED_(?:DAMAGED|OTHER_KEY)\)|encrypted|not|line|expected|YAML|version/i);
      assert.equal(loaded.config.generation, 5);
    }),
    { numRuns: 60 },
  );
});

test("without a config in force each is the end, with its own code, and nothing is kept", async () => {
  const keys = await newKeys();
  const file = await sealed({ generation: 6 }, keys);
  const host = newHost();
  const fails = async (refused: string, words: Words = {}): Promise<void> =>
    assert.rejects(host.give(file, words), (error) => isFlexkubeError(error) && error.code === refused);

  await fails("SEALED_NO_KEY");
  await host.state.writeIdentity(`${keys.key.identity}\n`);
  await fails("SEALED_NO_SIGNER");
  await fails("SEALED_OTHER_SIGNER", { signers: [newSigner().pem] });
  assert.equal(await host.state.readConfig("in-force"), undefined);

  const loaded = await host.give(file, { signers: [keys.signer.pem] });

  assert.equal(loaded.config.generation, 6);
});

test("an unsealed one is taken at a person's word, and from then on as that one says", async () => {
  const keys = await newKeys();
  const host = await begun(keys);
  const plain = configText({ generation: 6, image: "server:2" });

  assert.match(told(await host.give(plain)), code("SEALED_REQUIRED"));
  assert.equal(imageOf(await host.give(plain, { acceptUnsealed: true })), "server:2");
  assert.deepEqual((await host.give(plain)).problems, []);
  assert.equal(imageOf(await host.give(configText({ generation: 7, image: "server:3" }))), "server:3");
});

test("with all state lost the config that was in force comes back as it is, and no other unsealed one", async () => {
  const keys = await newKeys();
  const text = configText({ generation: 5, signers: [keys.signer], identity: keys.key.identity });
  const digest = contentKey(text, undefined);
  const label = { version: 1, cluster: "demo", host: "h1", generation: 5, digest, origin: "signed" } as const;
  const load = async (given: string): Promise<Loaded> =>
    createConfigLoader()({
      source: { read: async () => Promise.resolve(given), name: "host.yaml", allowOlder: false },
      state: createMemoryState(),
      keep: true,
      facts: async () => Promise.resolve({}),
      trace: async () => Promise.resolve(label),
    });

  assert.deepEqual((await load(text)).problems, []);
  await assert.rejects(load(configText({ generation: 6 })), (error) => isFlexkubeError(error, "SEALED_REQUIRED"));
});

test("the signer rotates: the next is believed, then signs, then is the only one", async () => {
  const first = await newKeys();
  const next: Keys = { signer: newSigner(), key: first.key };
  const host = await begun(first);
  const both = [first.signer, next.signer];

  assert.deepEqual((await host.give(await sealed({ generation: 6, signers: both }, first))).problems, []);
  assert.deepEqual((await host.give(await sealed({ generation: 7, signers: both }, next))).problems, []);
  assert.deepEqual((await host.give(await sealed({ generation: 8 }, next))).problems, []);

  assert.match(told(await host.give(await sealed({ generation: 9 }, first))), code("SEALED_OTHER_SIGNER"));
});

test("the host's key rotates: sealed to both it brings the new one, and then only that opens", async () => {
  const first = await newKeys();
  const next: Keys = { signer: first.signer, key: await newHostKey() };
  const host = await begun(first);
  const text = configText({ generation: 6, signers: [first.signer], identity: next.key.identity });
  const header = { cluster: "demo", host: "h1", generation: 6 };
  const recipients = [next.key.recipient, first.key.recipient];

  assert.deepEqual((await host.give(await sealText(text, header, { signer: first.signer, recipients }))).problems, []);
  assert.deepEqual((await host.give(await sealed({ generation: 7 }, next))).problems, []);
  await host.state.writeConfig("last-good", (await host.state.readConfig("in-force")) ?? "");

  assert.match(told(await host.give(await sealed({ generation: 8 }, first))), code("SEALED_OTHER_KEY"));
});

test("a host that made its own key opens what is sealed to it, also with the key before", async () => {
  const { signer } = await newKeys();
  const [first, second] = [await newHostKey(), await newHostKey()];
  const host = newHost();
  await host.state.writeIdentity(`${second.identity}\n${first.identity}\n`);
  await host.give(configText({ generation: 1, signers: [signer] }));
  const born = async (generation: number, key: HostKey): Promise<Loaded> =>
    host.give(await sealed({ generation, identity: undefined }, { signer, key }));

  assert.deepEqual((await born(2, first)).problems, []);
  assert.deepEqual((await born(3, second)).problems, []);
});

test("a file that stays is opened once a process", async () => {
  const keys = await newKeys();
  const host = await begun(keys);
  let reads = 0;
  const readIdentity = async () => {
    reads += 1;
    return host.state.readIdentity();
  };
  const state = { ...host.state, readIdentity };
  const bytes = Buffer.from(await sealed({ generation: 6 }, keys)).toString("latin1");
  const load = createConfigLoader();
  const source = { read: async () => Promise.resolve(bytes), name: "host.yaml", allowOlder: false };

  for (let tick = 0; tick < 3; tick += 1)
    await load({ source, state, keep: true, facts: async () => Promise.resolve({}) });

  assert.equal(reads, 1);
});
