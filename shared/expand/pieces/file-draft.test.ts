// What validation refuses never turns into a file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFlexkubeError } from "#shared/errors.ts";
import type { FileConfig } from "#shared/schema/words/container.ts";
import { fileDraft } from "./file-draft.ts";
import { secretStore } from "./secret-store.ts";

const plain: FileConfig = { path: "a", content: "a", uid: 0, gid: 0, takeOver: false };

for (const [sentence, file] of [
  ["a sealed file at a path of the host", { ...plain, path: "/etc/a", effect: "replace" }],
  ["a file without content", { ...plain, content: undefined }],
  ["a secret that is not there", { ...plain, content: undefined, secret: "missing" }],
  ["a secret named like a property of every object", { ...plain, content: undefined, secret: "constructor" }],
] as const satisfies readonly (readonly [string, FileConfig])[])
  test(`${sentence} is a bug`, () => {
    assert.throws(
      () => fileDraft(file, secretStore({})),
      (error) => isFlexkubeError(error, "INTERNAL_BUG"),
    );
  });
