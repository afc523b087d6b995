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
