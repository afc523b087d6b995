// When a bundle of certificates stops being good.
import { X509Certificate } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { lifeOf } from "./certificate.ts";
import { pemBlocks } from "./pem.ts";

/**
 * The earliest end of validity among the certificates of a PEM bundle, in milliseconds since 1970.
 * Throws PKI_UNREADABLE, with the name given for the bundle, when there is none or one of them is broken.
 */
export function certificateExpiry(pem: string, file = "-"): number {
  const blocks = pemBlocks(pem).filter(({ kind }) => kind === "CERTIFICATE");
  if (blocks.length === 0) throw unreadable(file);
  return Math.min(...blocks.map(({ text }) => expiryOf(text, file)));
}

function expiryOf(text: string, file: string): number {
  try {
    return lifeOf(new X509Certificate(text)).notAfter;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause?: unknown): FlexkubeError {
  const reason = "not a certificate in PEM";
  return new FlexkubeError("PKI_UNREADABLE", "a certificate cannot be read", { file, reason }, { cause });
}
