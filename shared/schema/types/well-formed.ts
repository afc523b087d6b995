// Text that every program can be given: no NUL, which ends it, and no half of a character, which YAML and JSON can write and
// UTF-8 cannot.
import type { Fault } from "./domain.ts";

/** Arguments, environment, contents of files. */
export function illFormed(text: string): Fault | undefined {
  if (text.includes("\u0000"))
    return { problem: "it holds a NUL character", hint: "a program sees the text only up to it" };
  if (!text.isWellFormed())
    return { problem: "it holds half of a character (a lone surrogate)", hint: "UTF-8 has no such character" };
  return undefined;
}

/** Words that stand in one line of a file or a command. */
export function notOneLine(text: string): Fault | undefined {
  const fault = illFormed(text);
  if (fault !== undefined) return fault;
  return Array.from(text, isControl).includes(true)
    ? { problem: "it holds control characters", hint: "write it in one line" }
    : undefined;
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 32 || (code >= 127 && code < 160) || code === 0x2028 || code === 0x2029;
}
