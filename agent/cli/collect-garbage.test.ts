import assert from "node:assert/strict";
import { test } from "node:test";
import { createTidier, ownHeap } from "./collect-garbage.ts";

const mebibyte = 1024 * 1024;

function fakeHeap() {
  let used = 20 * mebibyte;
  let collections = 0;
  return {
    heap: {
      used: () => used,
      collect: async () => {
        collections += 1;
        used = 20 * mebibyte;
        await Promise.resolve();
      },
    },
    grow: (mebibytes: number) => void (used += mebibytes * mebibyte),
    collections: () => collections,
  };
}

test("a heap that has grown is collected, and one that has not is left alone", async () => {
  const { heap, grow, collections } = fakeHeap();
  const tidy = createTidier(heap);
  await tidy();
  const first = collections();

  grow(7);
  await tidy();
  const little = collections();
  grow(2);
  await tidy();
  await tidy();

  assert.deepEqual([first, little, collections()], [1, 1, 2]);
});

test("two calls at the same time share one collection", async () => {
  const { heap, collections } = fakeHeap();
  const tidy = createTidier(heap);

  await Promise.all([tidy(), tidy()]);

  assert.equal(collections(), 1);
});

test("the process's own heap gives garbage back", async () => {
  const heap = ownHeap();
  let garbage: object[] = Array.from({ length: 300_000 }, (_, index) => ({ index }));
  const full = heap.used();
  assert.equal(garbage.length, 300_000);

  garbage = [];
  await heap.collect();

  assert.ok(full - heap.used() > 5 * mebibyte);
});
