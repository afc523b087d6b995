// The ledger in memory and the one on a disk that refuses, or that does late what it was asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { emptyLedger } from "#shared/state/ledger.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import { openLedger } from "./keep-ledger.ts";
import { unwritable } from "#agent/report/atomic-file.ts";
import { createMemoryState } from "#agent/report/memory-state.ts";

const log = pino({ level: "silent" });

function proven(digest: string): Ledger {
  return { ...emptyLedger, known: true, proven: { web: digest } };
}

/** A store whose writes, once it is `late`, are refused and done later. */
function lateStore() {
  const store = createMemoryState();
  const waiting: (() => Promise<void>)[] = [];
  const disk = { late: false };
  return {
    disk,
    finish: async () => {
      for (const write of waiting.splice(0)) await write();
    },
    store: {
      ...store,
      writeLedger: async (ledger: Ledger) => {
        if (!disk.late) return store.writeLedger(ledger);
        waiting.push(async () => store.writeLedger(ledger));
        throw unwritable("ledger.json", new Error("its file system does not answer"));
      },
    },
  };
}

test("what a disk does late is not taken for what another process has written", async () => {
  const { disk, finish, store } = lateStore();
  const keeper = await openLedger(store, log);
  await keeper.write(proven("a"));
  disk.late = true;
  await keeper.write(proven("b"));
  await keeper.write(proven("c"));
  await finish();
  await store.writeLedger(proven("b")).catch(() => undefined);
  await finish();
  disk.late = false;

  await keeper.refresh?.();

  assert.deepEqual(keeper.read(), proven("c"));
  await keeper.write(proven("c"));
  assert.deepEqual((await store.readLedger()).ledger, proven("c"));
});

test("what another process has written is taken up", async () => {
  const { store } = lateStore();
  const keeper = await openLedger(store, log);
  await keeper.write(proven("a"));
  await store.writeLedger(proven("other"));

  await keeper.refresh?.();

  assert.deepEqual(keeper.read(), proven("other"));
});
