// The generation guard after a loss of state: each file alone, some, and all of them together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withMark } from "#shared/delivery/delivery-mark.ts";
import { emptyLedger } from "#shared/state/ledger.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";

type Wanted = { readonly generation?: number; readonly image?: string; readonly web?: string };

function text({ generation, image = "server:1", web = "web" }: Wanted): string {
  const number = generation === undefined ? "" : `generation: ${generation}\n`;
  const document = `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n${number}containers:\n  ${web}: { image: "${image}" }\n`;
  return generation === undefined ? document : withMark(document, { cluster: "demo", host: "h1", generation });
}

type StateFile = "in-force" | "last-good" | "delivery" | "ledger";
const all: readonly StateFile[] = ["in-force", "last-good", "delivery", "ledger"];

/** As if the files had been deleted; what is written from now on is there. */
function lose({ state }: FakeHost, files: readonly StateFile[]): void {
  const { readConfig, readDelivery, readLedger, writeConfig, writeDelivery, writeLedger } = state;
  const gone = new Set<string>(files);
  Object.assign(state, {
    readConfig: async (which: "in-force" | "last-good") =>
      gone.has(which) ? Promise.resolve(undefined) : readConfig(which),
    readDelivery: async () => (gone.has("delivery") ? Promise.resolve(undefined) : readDelivery()),
    readLedger: async () => (gone.has("ledger") ? Promise.resolve({ ledger: emptyLedger }) : readLedger()),
    writeConfig: async (which: "in-force" | "last-good", written: string) => {
      gone.delete(which);
      await writeConfig(which, written);
    },
    writeDelivery: async (...written: Parameters<typeof writeDelivery>) => {
      gone.delete("delivery");
      await writeDelivery(...written);
    },
    writeLedger: async (...written: Parameters<typeof writeLedger>) => {
      gone.delete("ledger");
      await writeLedger(...written);
    },
  } satisfies Partial<typeof state>);
}

async function settled(wanted: Wanted): Promise<FakeHost> {
  const host = createFakeHost({ "server:1": () => ({}), "server:2": () => ({}) });
  host.give(text(wanted));
  await host.settle();
  return host;
}

/** What runs after two ticks, and what they said. */
async function after(host: FakeHost): Promise<{ readonly images: readonly string[]; readonly told: string }> {
  const told: string[] = [];
  for (let count = 0; count < 2; count++)
    try {
      const { loaded } = await host.tick();
      told.push(...(loaded?.problems ?? []).map(({ problem }) => problem));
    } catch (error) {
      told.push(JSON.stringify(error));
    }
  return { images: host.engine.containers.map(({ image }) => image), told: told.join("\n") };
}

const losses: readonly (readonly StateFile[])[] = [
  ...all.map((file) => [file]),
  ["in-force", "last-good"],
  ["in-force", "delivery"],
  ["in-force", "last-good", "delivery"],
  all,
];

for (const files of losses) {
  const what = files === all ? "all state" : files.join(", ");
  for (const [given, wanted, said] of [
    ["a lower generation", { generation: 5, image: "server:2" }, /generation 5 is older than 6/],
    ["none", { image: "server:2" }, /no generation, and generation 6 was in force/],
    ["the same one with another content", { generation: 6, image: "server:2" }, /two splits made generation 6/],
  ] as const)
    test(`${what} lost: ${given} is refused`, async () => {
      const host = await settled({ generation: 6 });
      lose(host, files);

      host.give(text(wanted));
      const { images, told } = await after(host);

      assert.deepEqual(images, ["server:1"]);
      assert.match(told, said);
    });

  test(`${what} lost: the same config and a later one are taken, and nothing is replaced without need`, async () => {
    const host = await settled({ generation: 6 });
    const before = host.engine.containers.map(({ id }) => id);
    lose(host, files);

    assert.deepEqual(await after(host), { images: ["server:1"], told: "" });
    assert.deepEqual(
      host.engine.containers.map(({ id }) => id),
      before,
    );
    host.give(text({ generation: 7, image: "server:2" }));
    assert.deepEqual(await after(host), { images: ["server:2"], told: "" });
  });
}

test("a generation that changes nothing of a container leaves its labels, and with them the container, as they are", async () => {
  const host = await settled({ generation: 6 });
  const before = host.engine.containers.map(({ id, labels }) => ({ id, labels }));

  host.give(text({ generation: 7 }));
  await host.settle();

  assert.deepEqual(
    host.engine.containers.map(({ id, labels }) => ({ id, labels })),
    before,
  );
  assert.match(before[0]?.labels[labelKeys.delivered] ?? "", /"generation":6,"origin":"planner"/);
});

test("a container that has its labels from its image says nothing of this host's generations", async () => {
  const host = await settled({});
  const labels = (await host.engine.inspect("web")).labels;
  const later = { ...labels, [labelKeys.delivered]: JSON.stringify({ generation: 99, origin: "planner" }) };
  host.engine.images.label("copied:1", later);
  const spec = plainSpec({ image: "copied:1", networkMode: "bridge", labels: later });
  await host.engine.create({ name: "copy", spec, labels: {}, restart: "no", resources: {} });
  host.loseState();

  host.give(text({ generation: 1 }));

  assert.equal((await after(host)).told, "");
});
