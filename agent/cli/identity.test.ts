// Whose recipient is printed when several make a key at one moment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { recipientIn } from "./identity.ts";

test("a key that another process makes at the same moment is the host's, and its recipient is told", async () => {
  const state = createMemoryState();
  const first = await generateX25519Identity();
  let looks = 0;
  const raced = {
    ...state,
    readIdentity: async () => {
      const seen = await state.readIdentity();
      if (looks++ === 0) await state.makeIdentity(`${first}\n`);
      return seen;
    },
  };

  assert.equal(await recipientIn(raced, "/state", false), await identityToRecipient(first));
  assert.deepEqual((await state.readIdentity()).keys, [first]);
});

test("another key keeps the one before, and where there is none it is the only one", async () => {
  const state = createMemoryState();
  const [made, next] = [await recipientIn(state, "/state", true), await recipientIn(state, "/state", true)];
  const { keys } = await state.readIdentity();

  assert.deepEqual(await Promise.all(keys.map(identityToRecipient)), [next, made]);
  assert.equal(await recipientIn(state, "/state", false), next);
});
