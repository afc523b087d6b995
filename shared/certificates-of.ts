// The certificates in a PEM text.
import { X509Certificate } from "node:crypto";
import { pemBlocks } from "./pem.ts";

/** All certificates of a PEM text as programs see them, or undefined when it holds none or one that cannot be read. */
export function certificatesOf(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pemBlocks(pem).filter(({ kind, isMisplaced }) => kind === "CERTIFICATE" && !isMisplaced);
  try {
    return blocks.length === 0 ? undefined : blocks.map(({ text }) => new X509Certificate(text));
  } catch {
    // whatever the library says about a broken certificate, the answer is that it cannot be read
    return undefined;
  }
}
