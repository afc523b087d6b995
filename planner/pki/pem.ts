// PEM: splitting a text into its blocks, and making one block.

export type PemBlock = {
  /** What stands after BEGIN, such as `CERTIFICATE` or `EC PRIVATE KEY`. */
  readonly kind: string;
  readonly text: string;
};

const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n[^]*?-----END \1-----/g;

/** The blocks in their order; text around them is left out, as every reader of PEM does. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return Array.from(text.matchAll(block), ([whole, kind = ""]) => ({ kind, text: whole }));
}

/** One block with lines of 64 characters and a final newline. */
export function toPem(kind: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${kind}-----\n${lines.join("\n")}\n-----END ${kind}-----\n`;
}
