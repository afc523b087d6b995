import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { constant, lines, list, markup } from "./markup.ts";

/** Mostly what HTML gives a meaning, and whatever else there is. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom("<", ">", "&", '"', "'", "=", "#", "lt;", "\n", "\u001b"),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    {
      maxLength: 60,
    },
  )
  .map((pieces) => pieces.join(""));

test("whatever text comes in, no character of it opens a tag, ends an attribute or begins an entity of its own", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const { html } = markup`${text}`;

      assert.doesNotMatch(html, /[<>"']/);
      assert.doesNotMatch(html, /&(?!(?:amp|lt|gt|quot|#39);)/);
    }),
  );
});

test("a text is cut where nobody would read on, and its lines one by one", () => {
  assert.equal(markup`${"x".repeat(500)}`.html, "x".repeat(500));
  assert.equal(markup`${"x".repeat(501)}`.html, `${"x".repeat(500)}…`);
  // each character is six at most
  for (const one of ['"', "\u001b", "\u{1f600}"]) assert.ok(markup`${one.repeat(9000)}`.html.length <= 500 * 6 + 1);
  assert.equal(markup`${lines(`${"x".repeat(400)}\n${"y".repeat(400)}\n`)}`.html.length, 802);
});

test("markup and what is ours stay as they are, within markup too", () => {
  assert.equal(markup`<b>${markup`<i>${"<"}</i>`}${constant("<hr>")}${7}</b>`.html, "<b><i>&lt;</i><hr>7</b>");
});

test("a list says how many more there are, and nothing when it has all", () => {
  const shown = (count: number): string => list(["a", "b", "c"], count, (item) => markup`${item}`).html;

  assert.equal(shown(3), "<ul><li>a</li><li>b</li><li>c</li></ul>");
  assert.equal(shown(1), '<ul><li>a</li><li class="faint">and 2 more</li></ul>');
});
