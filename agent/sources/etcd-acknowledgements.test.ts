// What a host writes into etcd, and when: only what it has not written yet.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { base64 } from "#agent/etcd/key-answers.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { Secret } from "#shared/secret.ts";
import { createEtcdAcknowledger, readAcknowledgements } from "./etcd-acknowledgements.ts";
import type { ConnectEtcd } from "./etcd-acknowledgements.ts";

const keys = {
  prefix: "/flexkube/demo/delivered/",
  endpoints: ["https://10.77.0.12:2379"],
  tls: { ca: "", certificate: "", key: new Secret("") },
};

/** An etcd that takes what is written, or does not answer. */
function etcd() {
  const state = { pairs: new Map<string, string>(), calls: 0, isAway: false };
  const connect: ConnectEtcd = () => ({
    call: async (_method, body) => {
      state.calls += 1;
      if (state.isAway) throw new FlexkubeError("ETCD_UNREACHABLE", "away", { call: "kv/txn", reason: "" });
      // what the acknowledger sends
      const { failure } = body as {
        readonly failure: readonly { readonly request_put: { readonly key: string; readonly value: string } }[];
      };
      for (const { request_put: put } of failure) state.pairs.set(put.key, put.value);
      return Promise.resolve({});
    },
  });
  const clock = new FakeClock();
  const about = { clock, log: { debug: () => undefined }, signal: new AbortController().signal };
  return { state, clock, acknowledger: createEtcdAcknowledger(connect, about) };
}

test("a tick whose word is told makes no call, and a new word makes one", async () => {
  const words = fc.array(fc.constantFrom("1 applied", "2 rolled-back", "2 applied"), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(words, async (ticks) => {
      const { state, acknowledger } = etcd();
      for (const text of ticks) {
        acknowledger.tell(keys, "h1", text);
        await acknowledger.close();
        assert.equal(state.pairs.get(base64("/flexkube/demo/delivered/h1")), base64(text));
      }
      assert.equal(state.calls, ticks.filter((text, index) => text !== ticks[index - 1]).length);
    }),
  );
});

test("what etcd does not take is told after the next tick, and after an hour it is looked whether it stands there", async () => {
  const { state, clock, acknowledger } = etcd();
  const tick = async (): Promise<number> => {
    acknowledger.tell(keys, "h1", "1 applied");
    await acknowledger.close();
    return state.calls;
  };
  state.isAway = true;
  assert.equal(await tick(), 1);
  state.isAway = false;
  assert.equal(await tick(), 2);
  await clock.advance(3_599_000);
  assert.equal(await tick(), 2);

  await clock.advance(2000);
  assert.equal(await tick(), 3);
});

test("an etcd that does not answer tells nothing, and other errors are not swallowed", async () => {
  const failing = (error: Error) => ({ call: async () => Promise.reject(error) });
  const away = new FlexkubeError("ETCD_UNREACHABLE", "away", { call: "kv/range", reason: "" });

  assert.equal((await readAcknowledgements(failing(away), keys.prefix)).size, 0);
  await assert.rejects(readAcknowledgements(failing(new TypeError("ours")), keys.prefix), TypeError);
});
