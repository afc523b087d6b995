import assert from "node:assert/strict";
import { test } from "node:test";
import { helpLast } from "./help-last.ts";

test("help before a command is --help behind it; anywhere else it is a word like others", () => {
  assert.deepEqual(helpLast(["help", "split"]), ["split", "--help"]);
  assert.deepEqual(helpLast(["help"]), ["--help"]);
  assert.deepEqual(helpLast(["logs", "help"]), ["logs", "help"]);
  assert.deepEqual(helpLast([]), []);
});
