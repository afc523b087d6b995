import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printableLine } from "./printable.ts";
import { lineLength, shortened, shortenedWithin, tableLines, wrappedLine } from "./text-table.ts";

test("a table that fits is a line a row, in columns", () => {
  assert.deepEqual(
    tableLines(
      [
        ["etcd-h1", "running", "yes"],
        ["a", "", "NO"],
      ],
      { header: ["CONTAINER", "STATE", "OK"] },
    ),
    ["CONTAINER  STATE    OK", "etcd-h1    running  yes", "a                   NO"],
  );
  assert.deepEqual(tableLines([]), []);
});

test("what is too wide goes on below itself: between words, behind what parts a name, at last anywhere", () => {
  const rows = [
    ["web", "its probe does not hold: it answers with 500, and has done so for a long time"],
    ["lb", "it ended"],
    ["a-name/of-several-parts", "x".repeat(40)],
  ];

  assert.deepEqual(tableLines(rows, { length: 40 }), [
    "web                 its probe does not",
    "                    hold: it answers",
    "                    with 500, and has",
    "                    done so for a long",
    "                    time",
    "lb                  it ended",
    "a-name/of-several-  xxxxxxxxxxxxxxxxxxxx",
    "  parts             xxxxxxxxxxxxxxxxxxxx",
  ]);
});

test("the column is narrowed that costs the fewest lines", () => {
  const rows = Array.from({ length: 6 }, (_, index) => [
    `host-${index}`.padEnd(30, "x"),
    index === 3 ? "one long text of many words that stands in one row alone" : "short",
    "y".repeat(30),
  ]);

  const lines = tableLines(rows);

  assert.equal(lines.filter((line) => line.startsWith("host-")).length, 6);
  assert.ok(lines.every((line) => !line.startsWith("host-") || line.includes("y".repeat(30))));
});

test("whatever is in it, no line is wider, no word is lost and every row begins at the left edge", () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.stringMatching(/^([a-z]{1,30}[-/ .]){0,8}[a-z]{1,90}$/),
  );
  const table = fc
    .integer({ min: 1, max: 6 })
    .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 6 }));
  fc.assert(
    fc.property(table, (rows) => {
      const lines = tableLines(rows.map(([first, ...others]) => [`>${first ?? ""}`, ...others]));
      assert.ok(lines.every((line) => line.length <= lineLength && line.isWellFormed() && !line.includes("\n")));
      assert.equal(lines.filter((line) => line.startsWith(">")).length, rows.length);
    }),
  );
  fc.assert(
    fc.property(cell, (text) => {
      const lines = tableLines([["name", text]]);
      const packed = (all: string): string => all.replaceAll(/\s+/g, "");
      const shown = lines.map((line) => line.slice("name  ".length)).join("");
      assert.equal(packed(shown), packed(tableLines([[text.slice(0, 0), text]], { length: 1e6 }).join("")));
    }),
  );
});

test("a line that is wrapped goes on set in, so that it is no other line", () => {
  assert.deepEqual(wrappedLine("  one two three four", 14), ["  one two", "      three", "      four"]);
  assert.deepEqual(wrappedLine("    as it is"), ["    as it is"]);
  assert.deepEqual(wrappedLine(""), [""]);
  fc.assert(
    fc.property(fc.nat({ max: 200 }), fc.string({ maxLength: 200 }), (spaces, text) => {
      const lines = wrappedLine(`${" ".repeat(spaces)}${text}`);
      assert.ok(lines.every((line) => line.length <= lineLength));
      assert.equal(lines.join("").replaceAll(/\s/g, ""), printableLine(text).replaceAll(/\s/g, ""));
    }),
  );
});

test("a text that is cut says where", () => {
  assert.deepEqual([shortened("settled", 7), shortened("contemplating", 9)], ["settled", "contempl…"]);
  assert.equal(shortenedWithin("worker-node-of-rack-17", 11), "worke…ck-17");
});
