// A host with a file and a web server that others may have taken over: whatever comes from there, in any order.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { configText, newHostKey, newSigner, sealText } from "#agent/sealed/testing/sealing-cluster.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { ConfigSource } from "./config-source.ts";
import { createConfigLoader } from "./load-config.ts";
import type { Loaded } from "./load-config.ts";

const [signer, other] = [newSigner(), newSigner()];
const [key, stranger] = [await newHostKey(), await newHostKey()];
const plain = (generation: number): string =>
  configText({ generation, signers: [signer], identity: key.identity, image: `server:${generation}` });
const sealedAs = async (
  generation: number,
  { host = "h1", by = signer, to = key }: { host?: string; by?: typeof signer; to?: typeof key } = {},
): Promise<string> => {
  const text = configText({ generation, host, signers: [by], identity: to.identity, image: `server:${generation}` });
  const header = { cluster: "demo", host, generation };
  return Buffer.from(await sealText(text, header, { signer: by, recipients: [to.recipient] })).toString("latin1");
};
const good = await Promise.all([1, 2, 3, 4].map(async (generation) => sealedAs(generation)));
const bad = [
  "",
  "<!doctype html>\n<html></html>\n",
  plain(9),
  (good[3] ?? "").slice(0, -30),
  await sealedAs(9, { host: "h2" }),
  await sealedAs(9, { by: other }),
  await sealedAs(9, { to: stranger }),
];

type Given = string | undefined | Error;

function newHost() {
  const state = createMemoryState();
  const given: { file: Given; web: Given } = { file: undefined, web: undefined };
  const source = (name: string, which: "file" | "web"): ConfigSource => ({
    name,
    host: "h1",
    allowOlder: false,
    isRemote: which === "web",
    firstSigners: [signer.pem],
    read: async () => {
      const found = given[which];
      if (found instanceof Error) throw found;
      return Promise.resolve(found);
    },
  });
  const load = createConfigLoader();
  const facts = async (): Promise<object> => Promise.resolve({});
  const [file, web] = [source("host.yaml", "file"), source("https://configs.example.org/h1.age", "web")];
  return {
    state,
    given,
    load: async (): Promise<Loaded> => load({ source: file, others: () => [web], state, keep: true, facts }),
    alone: async (): Promise<Loaded> => load({ source: web, state, keep: true, facts }),
  };
}

const gone = new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", {
  file: "",
  reason: "timed out",
});
const codeOf = (error: unknown): string => (isFlexkubeError(error) ? error.code : String(error));

test("whatever comes from elsewhere: the generation in force only rises, is that of the file at least, and nothing is a fault", async () => {
  const fromWeb = fc.constantFrom<Given>(...good, ...bad, gone, undefined);
  const turn = fc.record({ file: fc.constantFrom(undefined, 1, 2, 3), web: fromWeb });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 6 }), async (turns) => {
      const host = newHost();
      host.given.file = plain(1);
      let before = (await host.load()).config.generation ?? 0;
      for (const { file, web } of turns) {
        if (file !== undefined) host.given.file = good[file - 1] ?? "";
        host.given.web = web;
        const { config, problems } = await host.load();
        const now = config.generation ?? 0;
        const brought = typeof web === "string" ? good.indexOf(web) + 1 : 0;
        assert.deepEqual(problems, []);
        assert.equal(now, Math.max(before, file ?? 0, brought));
        before = now;
      }
    }),
    { numRuns: 40 },
  );
});

test("with nothing but a web server: the first config by a key and a signer that were said, then whatever it does", async () => {
  const host = newHost();
  await host.state.writeIdentity(`${key.identity}\n`);
  host.given.web = gone;
  await assert.rejects(host.alone(), (error) => codeOf(error) === "CONFIG_UNREADABLE");
  host.given.web = bad[1];
  await assert.rejects(host.alone(), (error) => codeOf(error) === "SEALED_REQUIRED");
  host.given.web = good[1];
  assert.equal((await host.alone()).config.generation, 2);

  for (const each of [...bad, gone, undefined, good[0]]) {
    host.given.web = each;
    const { config, problems, sources, troubles } = await host.alone();
    assert.deepEqual([config.generation, problems], [2, []]);
    assert.notEqual(sources?.[0]?.state, "in-force");
    assert.equal(troubles?.length, each === undefined || each === good[0] ? 0 : 1, String(sources?.[0]?.reason));
  }
  host.given.web = good[3];
  assert.equal((await host.alone()).config.generation, 4);
});

test("a signer that the command line names is believed by no host that has a config", async () => {
  const host = newHost();
  const next = configText({ generation: 5, signers: [other], identity: key.identity });
  host.given.file = next;
  assert.equal((await host.load()).config.generation, 5);

  host.given.web = await sealedAs(6);
  const { config, sources } = await host.load();

  assert.deepEqual([config.generation, sources?.[1]?.code], [5, "SEALED_OTHER_SIGNER"]);
});

test("an unsealed file of before is no fault once a sealed config came after it, and a newer one is", async () => {
  const host = newHost();
  host.given.file = plain(1);
  await host.load();
  host.given.web = good[1];
  assert.deepEqual((await host.load()).problems, []);
  assert.deepEqual(
    (await host.load()).sources?.map(({ state }) => state),
    ["older", "in-force"],
  );

  host.given.file = plain(3);

  assert.match((await host.load()).problems[0]?.problem ?? "", /SEALED_REQUIRED/);
});
