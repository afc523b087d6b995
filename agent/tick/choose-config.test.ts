// Which place wins: whatever others bring, a host is never worse off than with its file alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chooseConfig, sourceStates, sourceTroubles } from "./choose-config.ts";
import type { Offer } from "./choose-config.ts";
import { knownOf } from "./load-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";

const none = { wasSealed: false, problems: [], isOlder: false } as const;

function usable(name: string, generation: number | undefined, isRemote: boolean): Offer {
  const number = generation === undefined ? "" : `generation: ${generation}\n`;
  const text = `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n${number}# ${name}\n`;
  const parsed = parseHostConfig(text, name);
  assert.ok(parsed.ok);
  return { ...none, name, isRemote, usable: knownOf(text, parsed.value) };
}

const refusedBy = (name: string, isRemote: boolean, isOlder: boolean): Offer => ({
  ...none,
  name,
  isRemote,
  isOlder,
  problems: [{ path: "", problem: "it is wrong", file: name }],
  refusal: { code: isOlder ? "SEALED_OLDER" : "SEALED_DAMAGED" },
});

const offers = (name: string, isRemote: boolean): fc.Arbitrary<Offer> =>
  fc.oneof(
    fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }).map((number) => usable(name, number, isRemote)),
    fc.boolean().map((isOlder) => refusedBy(name, isRemote, isOlder)),
    fc.constant({ ...none, name, isRemote }),
  );
const remotes = fc
  .array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 })
  .chain((ids) => fc.tuple(...ids.map((id, index) => offers(`https://s${id}-${index}.example.org`, true))));
const file = offers("host.yaml", false);
const generation = (offer: Offer | undefined): number => offer?.usable?.config.generation ?? 0;

test("the highest generation wins, the first of several, and the file's where others have no higher one", () => {
  fc.assert(
    fc.property(file, remotes, (own, others) => {
      const all = [own, ...others];
      const { chosen } = chooseConfig(all);

      const fit = all.filter((each) => each.usable !== undefined);
      const best = Math.max(...fit.map(generation));
      assert.equal(
        chosen,
        fit.find((each) => generation(each) === best),
      );
      if (own.usable !== undefined) assert.ok(generation(chosen) >= generation(own));
    }),
  );
});

test("what others have is never a fault of this host, and takes no fault but that of being older away", () => {
  fc.assert(
    fc.property(file, remotes, (own, others) => {
      const alone = chooseConfig([own]).problems;
      const { problems } = chooseConfig([own, ...others]);

      assert.deepEqual(problems, own.isOlder && others.length > 0 ? [] : alone);
    }),
  );
});

test("places without a usable config change nothing about which one wins", () => {
  fc.assert(
    fc.property(file, remotes, (own, others) => {
      const fit = others.filter((each) => each.usable !== undefined);
      assert.equal(chooseConfig([own, ...others]).chosen, chooseConfig([own, ...fit]).chosen);
    }),
  );
});

test("each place is told: whose config is in force, what is refused by which code, and who brings nothing", () => {
  const [own, good, wrong, silent] = [
    refusedBy("host.yaml", false, true),
    usable("https://a.example.org", 4, true),
    refusedBy("https://b.example.org", true, false),
    {
      ...none,
      name: "https://c.example.org",
      isRemote: true,
      problems: [{ path: "", problem: "it cannot be read: timed out" }],
    },
  ];
  const all = [own, good, wrong, silent].filter((each) => each !== undefined);

  assert.deepEqual(sourceStates(all, good?.usable?.text ?? ""), [
    { name: "host.yaml", state: "older" },
    { name: "https://a.example.org", state: "in-force" },
    { name: "https://b.example.org", state: "refused", code: "SEALED_DAMAGED", reason: "it is wrong" },
    { name: "https://c.example.org", state: "nothing", code: undefined, reason: "it cannot be read: timed out" },
  ]);
  assert.deepEqual(sourceTroubles(all), [
    "no news from https://b.example.org: it is wrong",
    "no news from https://c.example.org: it cannot be read: timed out",
  ]);
});
