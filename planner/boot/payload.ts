// The file that a host gets: bytes of any kind. What is in them is not looked at, only how they may be written down.
import { printable } from "#shared/printable.ts";
import { textOfBytes } from "#shared/delivery/text-of-bytes.ts";

/** Its text, when it is lines that YAML 1.1, a shell and a terminal all leave as they are; else undefined, and it travels as base64. */
export function linesOf(payload: Uint8Array): string | undefined {
  const text = textOfBytes(payload);
  if (text === undefined || !text.endsWith("\n") || text.includes("\uFFFE") || text.includes("\uFFFF"))
    return undefined;
  return printable(text) === text ? text : undefined;
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
