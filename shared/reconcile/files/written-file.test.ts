import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObservedPath } from "#shared/state/observed.ts";
import { isAsWritten, isTakenOver, writtenEntry } from "./written-file.ts";

const file = { component: "web", digest: "one", mode: 0o640, uid: 7, gid: 8 };

function found(more: Partial<Extract<ObservedPath, { readonly type: "file" }>> = {}): ObservedPath {
  return { type: "file", mode: 0o640, uid: 7, gid: 8, digest: "one", changedAt: 0, ...more };
}

test("a file is as it was written only with its content, its mode and its owner", () => {
  const entry = writtenEntry(file);

  assert.equal(isAsWritten(entry, found()), true);
  for (const more of [{ digest: "two" }, { mode: 0o600 }, { uid: 0 }, { gid: 0 }])
    assert.equal(isAsWritten(entry, found(more)), false, JSON.stringify(more));
  assert.equal(isAsWritten(entry, { type: "missing" }), false);
});

test("an entry of an older agent knows the content alone", () => {
  const entry = { component: "web", digest: "one" };

  assert.equal(isAsWritten(entry, found({ mode: 0o600 })), true);
  assert.equal(isAsWritten(entry, found({ digest: "two" })), false);
});

test("what writes that were cut off would have replaced is still known, the newest of many", () => {
  let entry = writtenEntry(file);
  for (let n = 0; n < 20; n += 1) entry = writtenEntry({ ...file, digest: `later-${n}` }, entry);

  assert.equal(isAsWritten(entry, found({ digest: "later-19" })), true);
  assert.equal(isAsWritten(entry, found({ digest: "later-12" })), true);
  assert.equal(isAsWritten(entry, found()), false);
  assert.equal(entry.before?.length, 8);
});

test("the same content written again remembers nothing twice", () => {
  const again = writtenEntry(file, writtenEntry(file));

  assert.deepEqual(again, writtenEntry(file));
});

test("below its component's own directory nothing is anybody else's", () => {
  const entry = writtenEntry(file);
  const changed = found({ digest: "two" });

  assert.equal(isTakenOver("/etc/web.conf", entry, changed), true);
  assert.equal(isTakenOver("/etc/kubernetes/web/live/web.conf", entry, changed), false);
  assert.equal(isTakenOver("/etc/kubernetes/other/live/web.conf", entry, changed), true);
});
