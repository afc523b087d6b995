import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { endWatch } from "./end-watch.ts";

const file = resolve("a/one.test.ts");

/** What is held once these events are seen and a minute is over. */
function heldAfter(t: TestContext, ...events: readonly string[]): readonly string[] {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const held: string[] = [];
  const watch = endWatch(60_000, (path) => void held.push(path));
  for (const event of events) {
    const [type = "", name = ""] = event.split(" ");
    watch({ type: `test:${type}`, data: { name, file } });
  }
  t.mock.timers.tick(60_000);
  return held;
}

test("a file whose tests have ended and whose process has not is told", (t) => {
  assert.deepEqual(heldAfter(t, "enqueue one", "enqueue other", "complete one", "complete other"), [file]);
});

test("a file with a test that has not ended is not, however long that takes", (t) => {
  assert.deepEqual(heldAfter(t, "enqueue a/one.test.ts", "enqueue one", "enqueue other", "complete one"), []);
});

test("nor is one that begins another test, or has ended", (t) => {
  assert.deepEqual(heldAfter(t, "enqueue one", "complete one", "enqueue other"), []);
  t.mock.timers.reset();
  assert.deepEqual(heldAfter(t, "enqueue one", "complete one", "complete a/one.test.ts"), []);
});

test("tests that are written in another file are those of the file that runs them", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const held: string[] = [];
  const watch = endWatch(60_000, (path) => void held.push(path));
  const data = { name: "one of a contract", file: resolve("a/contract.ts"), entryFile: file };

  for (const type of ["test:enqueue", "test:complete"]) watch({ type, data });
  watch({ type: "test:complete", data: { name: "a/one.test.ts", file } });
  t.mock.timers.tick(60_000);

  assert.deepEqual(held, []);
});
