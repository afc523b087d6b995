// What stands where a number is wanted, as a person wrote it, and how to write it.

/** Numbers of YAML 1.2's core schema. */
const number = /^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|0o[0-7]+)$/;
const longest = 40;

/** Undefined for what is no number and no short text: its kind says enough. `written` is a number as the text has it. */
export function foundInstead(value: unknown, written: string | undefined): string | undefined {
  if (typeof value === "number") return written;
  if (typeof value !== "string" || value.length > longest) return undefined;
  return `the text ${JSON.stringify(value)}`;
}

/** For a text that was meant to be a number. */
export function numberHint(text: string): { readonly hint?: string } {
  if (number.test(text)) return { hint: "remove the quotes" };
  return number.test(text.replaceAll(/[_, ']/g, "")) ? { hint: "write its digits without anything between them" } : {};
}
