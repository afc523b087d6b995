// PEM: making one block. `shared/pem.ts` reads.

/** One block with lines of 64 characters and a final newline. */
export function toPem(kind: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${kind}-----\n${lines.join("\n")}\n-----END ${kind}-----\n`;
}
