// Reads a stream into memory, and no further than its reader wants.

/** Of a container's log: its lines have no limit of their own. */
export const maxLogBytes = 4 * 1024 * 1024;

/** All of it, or the first `maxBytes`; the stream is closed then. */
export async function bounded(stream: NodeJS.ReadableStream, maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    chunks.push(bytes);
    size += bytes.byteLength;
    if (size >= maxBytes) break;
  }
  const whole = Buffer.concat(chunks);
  return size > maxBytes ? whole.subarray(0, maxBytes) : whole;
}
