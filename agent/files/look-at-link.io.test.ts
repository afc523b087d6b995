import assert from "node:assert/strict";
import { lstatSync, readlinkSync } from "node:fs";
import { describe, test } from "node:test";
import { isFlexkubeError } from "#shared/errors.ts";
import { lookedAfter } from "./look-at-link.ts";

function errorOf(operation: () => unknown): unknown {
  try {
    operation();
  } catch (error) {
    return error;
  }
  throw new Error("the operation was expected to fail");
}

describe("a look that failed", () => {
  test("a link that went is missing", () => {
    assert.deepEqual(
      lookedAfter(
        errorOf(() => readlinkSync("/proc/self/no-such-link")),
        "/a",
      ),
      { type: "missing" },
    );
  });

  test("a link that became a directory is not unreadable: it was changed", () => {
    assert.deepEqual(
      lookedAfter(
        errorOf(() => readlinkSync("/proc")),
        "/a",
      ),
      {
        type: "other",
        what: "something that was changed while it was looked at",
      },
    );
  });

  test("what the system says otherwise is FILES_UNREADABLE with the path", () => {
    const tooLong = errorOf(() => lstatSync(`/${"a".repeat(300)}`));

    assert.throws(
      () => lookedAfter(tooLong, "/a"),
      (error) => isFlexkubeError(error, "FILES_UNREADABLE") && error.details.path === "/a",
    );
  });
});
