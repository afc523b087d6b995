// HTML into which text comes only escaped and cut: whatever a report says stays text, and not much of it, by its type. Pure.
import { printable } from "#shared/printable.ts";

/** Made by `markup`, `list` and `constant` alone. */
export type Markup = { readonly html: string };
type Value = Markup | readonly Markup[] | string | number;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters of one text; nothing that people are to read is longer. */
const longestText = 500;

/** A template of HTML: texts and numbers in it are escaped, also within quoted attributes, and what is unprintable is spelt out. */
export function markup(template: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { html: template.reduce((html, piece, index) => `${html}${htmlOf(values[index - 1] ?? "")}${piece}`) };
}

/** The first of them as a list, and how many more there are, so that no page grows with what it is about. */
export function list<Item>(items: readonly Item[], most: number, render: (item: Item) => Markup): Markup {
  const more = items.length <= most ? markup`` : markup`<li class="faint">and ${items.length - most} more</li>`;
  return markup`<ul>${items.slice(0, most).map((item) => markup`<li>${render(item)}</li>`)}${more}</ul>`;
}

/** Text of several lines, each as it is. */
export function lines(text: string): readonly Markup[] {
  return text.split(/(?<=\n)/).map((line) => markup`${line}`);
}

/** Text of our own, such as a style sheet; never what a report says. */
export function constant(html: string): Markup {
  return { html };
}

function htmlOf(value: Value): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escaped(value);
  return "html" in value ? value.html : value.map(({ html }) => html).join("");
}

function escaped(text: string): string {
  const shown = text.length <= longestText ? text : `${text.slice(0, longestText)}…`;
  return printable(shown).replaceAll(/[&<>"']/g, (character) => escapes[character] ?? "");
}
