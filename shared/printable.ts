// Text from anywhere (engines, registries, what people write) as it may reach a terminal: nothing in it moves the cursor, changes
// colours or turns the direction of writing.

const unprintable =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/g;

/** Control characters as \u001b, which in JSON is the same text; line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n");
}

/** A line for each row, whatever is in it; "" for none. */
export function rowsText(rows: readonly string[]): string {
  return rows.map((row) => `${printableLine(row)}\n`).join("");
}

/** A text of several lines below its first: what follows is set in, so that it is no row of its own. */
export function below(text: string): string {
  return text.trimEnd().replaceAll("\n", "\n    ");
}

/** Characters of the widest cell of each column, of as many rows as there are: an argument each would be too many. */
export function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return widths;
}
