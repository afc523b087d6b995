// How far etcd was compacted, by few questions.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { oldestOf } from "./oldest-revision.ts";

test("it is found whatever was known before, by two questions where nothing has changed", async () => {
  const revision = fc.integer({ min: 1, max: 2 ** 50 });
  await fc.assert(
    fc.asyncProperty(revision, revision, fc.option(revision, { nil: undefined }), async (a, b, known) => {
      const [oldest, newest] = [Math.min(a, b), Math.max(a, b)];
      const find = async (before: number | undefined): Promise<{ found: number; asked: number }> => {
        let asked = 0;
        const reads = async (asking: number): Promise<boolean> => {
          asked += 1;
          assert.ok(asking >= 1 && asking <= newest);
          return Promise.resolve(asking >= oldest);
        };
        return { found: await oldestOf({ newest, known: before, reads }), asked };
      };
      const { found, asked } = await find(known);
      assert.equal(found, oldest);
      assert.ok(asked <= Math.ceil(Math.log2(newest + 1)) + 2, `${asked} questions`);
      assert.ok((await find(oldest)).asked <= 2);
    }),
  );
});
