// What the agent writes to its Node: only what does not stand there yet.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import { deliveredAnnotation } from "#shared/acknowledgement/acknowledgement.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { createAcknowledger } from "./acknowledger.ts";

/** A Node that takes what is written, or refuses it. */
function node() {
  const state: { text: string | undefined; calls: number; refuses: boolean } = {
    text: undefined,
    calls: 0,
    refuses: false,
  };
  const connect: ConnectKubernetes = () => ({
    request: async ({ body }) => {
      state.calls += 1;
      if (state.refuses)
        throw new FlexkubeError("KUBERNETES_REFUSED", "refused", { call: "patch", status: 403, reason: "policy" });
      // what the acknowledger sends
      const { metadata } = body as { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };
      state.text = metadata.annotations[deliveredAnnotation];
      return Promise.resolve({ status: 200, body: {} });
    },
  });
  return { state, connect };
}

const about = { name: "h1", api: {} } as Parameters<ReturnType<typeof createAcknowledger>["tell"]>[0];
const log = { debug: () => undefined };

test("a tick whose word stands there makes no call, and a new word makes one", async () => {
  const words = fc.array(fc.constantFrom("1 applied", "2 rolled-back", "2 applied"), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(words, async (ticks) => {
      const { state, connect } = node();
      const acknowledger = createAcknowledger(connect, { log, signal: new AbortController().signal });
      for (const text of ticks) {
        acknowledger.tell(about, text, state.text);
        await acknowledger.close();
        assert.equal(state.text, text);
      }
      const changes = ticks.filter((text, index) => text !== ticks[index - 1]).length;
      assert.equal(state.calls, changes);
    }),
  );
});

test("what is refused, as before the policy allows it, is told again by the next tick", async () => {
  const { state, connect } = node();
  const acknowledger = createAcknowledger(connect, { log, signal: new AbortController().signal });
  state.refuses = true;
  acknowledger.tell(about, "1 applied", state.text);
  await acknowledger.close();
  state.refuses = false;
  acknowledger.tell(about, "1 applied", state.text);
  await acknowledger.close();

  assert.deepEqual([state.text, state.calls], ["1 applied", 2]);
});
