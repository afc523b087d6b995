import assert from "node:assert/strict";
import { test } from "node:test";
import { FlexkubeError } from "#shared/errors.ts";
import { reasonOf } from "./reason-of.ts";

test("a reason says what an error is about, and why", () => {
  for (const [error, told] of [
    [
      new FlexkubeError("FILES_UNWRITABLE", "files could not be put in place", {
        path: "/etc/a.conf",
        reason: "EPERM",
      }),
      "files could not be put in place: /etc/a.conf: EPERM",
    ],
    [
      new FlexkubeError("FILES_UNWRITABLE", "the engine could not write files", { path: "/", reason: "no space left" }),
      "the engine could not write files: no space left",
    ],
    [
      new FlexkubeError("FILES_BLOCKED", "a path cannot be written", { path: "/a", found: "a link", wanted: "a file" }),
      "a path cannot be written: /a: found a link, wanted a file",
    ],
    [
      new FlexkubeError("ENGINE_TIMEOUT", "The container engine did not answer in time.", {
        call: "start",
        afterMs: 30_000,
      }),
      "The container engine did not answer in time: start within 30 s",
    ],
    [
      new FlexkubeError("CONFIG_UNREADABLE", "there is no host config", { file: "/h", reason: "/h is not there" }),
      "there is no host config: /h is not there",
    ],
    [
      new FlexkubeError("FILES_CHECK_FAILED", "the check refused", { container: "web", exitCode: 1, output: "line 3" }),
      "the check refused: web: line 3",
    ],
    [new Error(""), "Error"],
    [new RangeError("too far"), "too far"],
    ["thrown", "thrown"],
  ] as const)
    assert.equal(reasonOf(error), told);
});
