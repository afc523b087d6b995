// The body of an HTTP answer, of which only so much is read.
import type { IncomingMessage } from "node:http";

/** Rejects with an Error for a longer body, or one that breaks off; the connection is closed then. */
export async function boundedBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    // no encoding is set, so each is a buffer
    const bytes = chunk as Buffer;
    size += bytes.byteLength;
    if (size > maxBytes) throw new Error("its answer is too long");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
