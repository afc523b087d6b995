// Who may enter a directory of files.
import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryAccess, numericOwner } from "./directory-access.ts";
import type { FileDraft } from "./file-draft.ts";

function file(mode: number, uid = 0, gid = 0): FileDraft {
  return { path: `file-${mode}-${uid}`, content: "", mode, uid, gid, effect: "none", takeOver: false };
}

test("a directory of files that everybody may read is open", () => {
  assert.deepEqual(directoryAccess([file(0o644, 5)], { uid: 7, gid: 7 }), { mode: 0o755, uid: 0, gid: 0 });
});

test("a directory with a private file belongs to the container's user alone", () => {
  assert.deepEqual(directoryAccess([file(0o644), file(0o640, 0, 9)], { uid: 7, gid: 9 }), {
    mode: 0o700,
    uid: 7,
    gid: 9,
  });
});

test("when the image decides the user, the owner of the private files stands for it", () => {
  assert.deepEqual(directoryAccess([file(0o600, 5, 6), file(0o644)], undefined), { mode: 0o700, uid: 5, gid: 6 });
  assert.deepEqual(directoryAccess([file(0o600, 5, 6), file(0o400, 5, 8)], undefined), { mode: 0o700, uid: 5, gid: 0 });
});

test("when the private files have several owners, each of them may pass", () => {
  assert.deepEqual(directoryAccess([file(0o600, 5), file(0o600, 6)], undefined), { mode: 0o711, uid: 0, gid: 0 });
});

test("only a numeric user is known", () => {
  assert.deepEqual(["7:8", "7", "nobody", "7:nogroup", undefined].map(numericOwner), [
    { uid: 7, gid: 8 },
    { uid: 7, gid: 0 },
    undefined,
    undefined,
    undefined,
  ]);
});
