import assert from "node:assert/strict";
import { test } from "node:test";
import { below, printable, printableLine, rowsText } from "./printable.ts";

test("what moves a terminal is shown instead of done, and other text stays", () => {
  assert.equal(
    printable("\u001b[31mred\u009b2J \u202eabc\r\n\tä 日本"),
    "\\u001b[31mred\\u009b2J \\u202eabc\\u000d\n\tä 日本",
  );
  assert.equal(JSON.parse(printable(JSON.stringify("\u009b\u202e"))), "\u009b\u202e");
});

test("a field of a line has no line breaks", () => {
  assert.equal(printableLine("unknown host\nfake: line"), "unknown host\\nfake: line");
});

test("a row stays one row, and what is below one is no row of its own", () => {
  assert.equal(rowsText(["a\nb", "c\r\nd\u2028e\u0085f\u000bg"]).split("\n").length, 3);
  assert.equal(rowsText([]), "");
  assert.equal(below("output: one\nweb: healthy\n"), "output: one\n    web: healthy");
});
