// Which host configs follow on which, and on which machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { withMark } from "#shared/delivery/delivery-mark.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { createConfigLoader } from "./load-config.ts";
import type { Loaded } from "./load-config.ts";

type Fields = {
  readonly host?: string;
  readonly cluster?: string;
  readonly generation?: number | undefined;
  readonly image?: string;
  readonly address?: string;
};

function hand({ host = "h1", cluster = "demo", generation, image = "server:1", address }: Fields): string {
  const lines = [
    ...(generation === undefined ? [] : [`generation: ${generation}`]),
    ...(address === undefined ? [] : [`address: "${address}"`]),
  ];
  const head = `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: ${cluster}\nhost: ${host}\n`;
  return `${head}${lines.map((line) => `${line}\n`).join("")}containers:\n  web: {image: "${image}"}\n`;
}

function made(fields: Fields): string {
  const { host = "h1", cluster = "demo", generation = 1 } = fields;
  return withMark(hand({ ...fields, generation }), { host, cluster, generation });
}

function olderMade(fields: Fields): string {
  return `# Host h1 of cluster demo, generation ${fields.generation ?? 0}. Made by flexkube-planner split; changes here are lost.\n${hand(fields)}`;
}

function setUp({ addresses }: { readonly addresses?: readonly string[] } = {}) {
  const state = createMemoryState();
  return {
    state,
    /** A new process reads this text. */
    give: async (text: string, more: { readonly allowOlder?: boolean; readonly host?: string } = {}): Promise<Loaded> =>
      createConfigLoader()({
        source: {
          read: async () => Promise.resolve(text),
          name: "host.yaml",
          allowOlder: more.allowOlder ?? false,
          host: more.host,
          addresses: () => addresses,
        },
        state,
        keep: true,
        facts: async () => Promise.resolve({}),
      }),
  };
}

const imageOf = ({ config }: Loaded): string | undefined => config.containers["web"]?.image;
const toldBy = ({ problems }: Loaded): string => problems.map(({ problem, hint }) => `${problem} (${hint})`).join("\n");

for (const [what, before, given, told] of [
  [
    "a lower generation",
    made({ generation: 6 }),
    made({ generation: 5, image: "server:2" }),
    /generation 5 is older than 6/,
  ],
  [
    "none after one",
    made({ generation: 6 }),
    hand({ image: "server:2" }),
    /no generation, and generation 6 was in force/,
  ],
  ["none after one of a person's", hand({ generation: 6 }), hand({ image: "server:2" }), /no generation/],
  [
    "the same one with other content",
    made({ generation: 6 }),
    made({ generation: 6, image: "server:2" }),
    /two splits made generation 6/,
  ],
  [
    "the same, of an older planner",
    olderMade({ generation: 6 }),
    made({ generation: 6, image: "server:2" }),
    /two splits made generation 6/,
  ],
  [
    "another host's",
    made({ generation: 6 }),
    made({ host: "h2", generation: 9, image: "server:2" }),
    /this config is for demo\/h2, and this host is demo\/h1 \(deliver hosts\/h1\.yaml; reset only to make this host h2\)/,
  ],
  [
    "another cluster's",
    hand({}),
    hand({ cluster: "other", image: "server:2" }),
    /this config is for other\/h1, and this host is demo\/h1 \(deliver hosts\/h1\.yaml of the cluster demo; reset only to take this host out of it\)/,
  ],
] as const)
  test(`refused while the one before stays in force: ${what}`, async () => {
    const { give } = setUp();
    await give(before);

    const loaded = await give(given);

    assert.equal(imageOf(loaded), "server:1");
    assert.match(toldBy(loaded), told);
  });

for (const [what, before, given] of [
  ["a higher generation", made({ generation: 6 }), made({ generation: 7, image: "server:2" })],
  ["the first one with a generation", hand({}), made({ generation: 1, image: "server:2" })],
  [
    "the same generation by hand, as in an emergency",
    made({ generation: 6 }),
    hand({ generation: 6, image: "server:2" }),
  ],
  ["a person's own with a number that stays", hand({ generation: 1 }), hand({ generation: 1, image: "server:2" })],
] as const)
  test(`taken: ${what}`, async () => {
    const { give } = setUp();
    await give(before);

    const loaded = await give(given);

    assert.equal(imageOf(loaded), "server:2");
    assert.deepEqual(loaded.problems, []);
  });

test("the same content that a newer planner wrote anew is taken under the same generation", async () => {
  const { state, give } = setUp({ addresses: ["10.77.0.11"] });
  await give(olderMade({ generation: 6 }));
  const again = made({ generation: 6, address: "10.77.0.11" });

  const { problems } = await give(again);

  assert.deepEqual(problems, []);
  assert.equal(await state.readConfig("in-force"), again);
});

test("the highest generation is remembered without any text of it", async () => {
  const { state, give } = setUp();
  await give(made({ generation: 6 }));
  await state.writeConfig("in-force", "torn");

  await assert.rejects(give(made({ generation: 5 })), (error) => isFlexkubeError(error, "CONFIG_INVALID"));
});

test("another split's config is seen by the digest alone, with an older text left beside it", async () => {
  const { state, give } = setUp();
  await give(made({ generation: 6, address: "10.77.0.11" }));
  await state.writeConfig("in-force", "torn");
  await state.writeConfig("last-good", made({ generation: 5 }));

  const other = await give(made({ generation: 6, image: "server:2" }));
  const again = await give(made({ generation: 6 }));

  assert.match(toldBy(other), /two splits made generation 6/);
  assert.deepEqual(again.problems, []);
});

test("a person's own config under a generation leaves no digest to hold against the planner's", async () => {
  const { state, give } = setUp();
  await give(made({ generation: 6 }));
  await give(hand({ generation: 6, image: "server:2" }));
  await state.writeConfig("in-force", "torn");

  assert.deepEqual((await give(made({ generation: 6, image: "server:3" }))).problems, []);
});

test("a config in force that is torn on the disk is followed by the last good one", async () => {
  const { state, give } = setUp();
  await state.writeConfig("in-force", made({ generation: 6, image: "server:2" }).slice(0, -4));
  await state.writeConfig("last-good", made({ generation: 5 }));

  assert.equal(imageOf(await give("")), "server:1");
});

test("--allow-older is a person's word: counting goes on from there", async () => {
  const { give } = setUp();
  await give(made({ generation: 6 }));
  await give(made({ generation: 3, image: "server:2" }), { allowOlder: true });

  const next = await give(made({ generation: 4, image: "server:3" }));

  assert.equal(imageOf(next), "server:3");
});

test("--allow-older does not make the host another one", async () => {
  const { give } = setUp();
  await give(made({ generation: 6 }));

  assert.match(toldBy(await give(made({ host: "h2", generation: 7 }), { allowOlder: true })), /this host is demo\/h1/);
});

test("a config without the mark after one with it is in force with a warning, for as long as it is", async () => {
  const { give } = setUp();
  await give(made({ generation: 6 }));

  for (const text of [hand({ generation: 7 }), hand({ generation: 7 })])
    assert.match((await give(text)).warnings?.join() ?? "", /mark/);
  assert.deepEqual((await give(made({ generation: 8 }))).warnings, []);
});

test("who never had a config of the planner's is not asked for its mark, nor is an older planner's", async () => {
  const { give } = setUp();

  assert.deepEqual((await give(hand({}))).warnings, []);
  assert.deepEqual((await give(olderMade({ generation: 2 }))).warnings, []);
  assert.deepEqual((await give(olderMade({ generation: 3 }))).warnings, []);
});

const mixedUp = /this host has 10\.77\.0\.19; the config of h2 is for 10\.77\.0\.12: is this h2's machine\?/;
const addresses = ["127.0.0.1", "10.77.0.19", "::1", "fe80::1"];

test("a fresh host that has not the address of its config starts nothing and names those that it has", async () => {
  const { state, give } = setUp({ addresses });

  await assert.rejects(give(made({ host: "h2", address: "10.77.0.12" })), (error) => {
    assert.ok(isFlexkubeError(error, "CONFIG_INVALID"));
    assert.match(error.details.problems.map(({ problem }) => problem).join(), mixedUp);
    return true;
  });
  assert.equal(await state.readConfig("in-force"), undefined);
});

test("a disk that was put into another machine, with all its state, starts nothing there", async () => {
  const { state, give } = setUp({ addresses });
  const text = made({ host: "h2", address: "10.77.0.12" });
  await state.writeConfig("in-force", text);

  await assert.rejects(give(text), (error) => isFlexkubeError(error, "CONFIG_INVALID"));
  await assert.rejects(give(""), (error) => isFlexkubeError(error, "CONFIG_INVALID"));
});

test("any one of the host's addresses will do, in any spelling; without the field nothing is asked", async () => {
  const { give } = setUp({ addresses: ["10.77.0.19", "2001:db8::a"] });

  assert.deepEqual((await give(hand({ address: "2001:DB8:0::A" }))).problems, []);
  assert.deepEqual((await give(hand({ address: "10.77.0.19" }))).problems, []);
  assert.deepEqual((await give(hand({}))).problems, []);
});

test("an agent that was told its host works with no other's config, not even one that was in force", async () => {
  const { give } = setUp();
  await give(made({ host: "h2" }));

  await assert.rejects(give(made({ host: "h2" }), { host: "h1" }), (error) => {
    assert.ok(isFlexkubeError(error, "CONFIG_INVALID"));
    assert.match(error.details.problems[0]?.hint ?? "", /deliver hosts\/h1\.yaml/);
    return true;
  });
});
