// A helper goes when it is done; that it could not be removed neither undoes its work nor hides what failed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FlexkubeError } from "#shared/errors.ts";
import { endOfHelper, removeOrLeave, usedAndRemoved } from "./helper.ts";

const gone = new FlexkubeError("ENGINE_UNREACHABLE", "no engine", { call: "remove", reason: "gone" });
const silent = new FlexkubeError("ENGINE_TIMEOUT", "no answer", { call: "wait", afterMs: 1 });

const refusing = { remove: async (): Promise<void> => Promise.reject(gone) };

test("a removal that fails takes nothing from what was done, and hides no error", async () => {
  assert.equal(await usedAndRemoved(refusing, "id", async () => Promise.resolve("done")), "done");
  await assert.rejects(
    usedAndRemoved(refusing, "id", async () => Promise.reject(silent)),
    silent,
  );
});

test("a fault of ours in a removal is not taken for the engine's", async () => {
  const broken = { remove: async (): Promise<void> => Promise.reject(new TypeError("ours")) };
  await assert.rejects(removeOrLeave(broken, "id"), TypeError);
});

test("after a silence the removal is waited for shortly, else as for any call", async () => {
  const waited: (number | undefined)[] = [];
  const engine = {
    remove: async (_: string, options?: { readonly deadlineMs?: number | undefined }): Promise<void> => {
      waited.push(options?.deadlineMs);
      return Promise.resolve();
    },
  };

  await usedAndRemoved(engine, "id", async () => Promise.resolve());
  for (const error of [silent, gone])
    await assert.rejects(
      usedAndRemoved(engine, "id", async () => Promise.reject(error)),
      error,
    );

  assert.deepEqual(waited, [60_000, 5000, 60_000]);
});

test("one that failed tells its last lines, or its exit code where it said nothing", async () => {
  const ended = async (exitCode: number, said: string) =>
    endOfHelper({ wait: async () => Promise.resolve(exitCode), logs: async () => Promise.resolve(said) }, "id", {
      deadlineMs: 1000,
    });

  assert.equal(await ended(0, "all is well"), undefined);
  assert.deepEqual(await ended(3, "\nno room\n"), { exitCode: 3, output: "no room", reason: "no room" });
  assert.deepEqual(await ended(3, " "), { exitCode: 3, output: "", reason: "exit code 3" });
});
