// Bytes as text, only if they are text.

/** Undefined when they are not UTF-8. A byte order mark stays, so that what was put in front is seen. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // the decoder throws for nothing else
    return undefined;
  }
}

/** Where the first bytes stand that are no UTF-8, from 1, the column in characters; of bytes that are not text. */
export function placeOfBadByte(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  const given = Buffer.from(bytes);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  // what cannot be read comes back as other bytes
  const readable = Buffer.from(decoder.decode(given));
  const offset = given.findIndex((byte, index) => byte !== readable[index]);
  const before = given.subarray(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.reduce((lines, byte) => lines + (byte === newline ? 1 : 0), 1);
  return { line, column: Array.from(decoder.decode(before.subarray(lineStart))).length + 1 };
}

const newline = 0x0a;
