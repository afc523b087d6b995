// Certificates as PEM in a document.
import { createPrivateKey } from "node:crypto";
import { certificateKindFault, fittingKinds, keyKindFault } from "#shared/certificate-kind.ts";
import { certificatesOf } from "#shared/certificates-of.ts";
import { readPem } from "#shared/pem.ts";
import type { Fault } from "./domain.ts";

/** What keeps a program from trusting the certificates of a text. */
export function notCertificates(text: string): Fault | undefined {
  const { blocks, fault } = readPem(text);
  if (fault !== undefined) return { problem: `it ${fault.problem}`, hint: fault.hint };
  if (blocks.some(({ kind }) => kind.endsWith("PRIVATE KEY"))) return { problem: "it holds a private key" };
  const certificates = certificatesOf(text);
  if (certificates === undefined) return { problem: "it is no PEM certificate" };
  const kind = certificates.map(certificateKindFault).find((each) => each !== undefined);
  return kind === undefined ? undefined : { problem: `it ${kind}`, hint: `programs take ${fittingKinds}` };
}

/** What keeps a program from using a private key; never tells what it contains. */
export function notPrivateKey(text: string): Fault | undefined {
  const { fault } = readPem(text);
  if (fault !== undefined) return { problem: `it ${fault.problem}`, hint: fault.hint };
  try {
    const kind = keyKindFault(createPrivateKey(text));
    return kind === undefined ? undefined : { problem: `it ${kind}`, hint: `programs take ${fittingKinds}` };
  } catch {
    // the library's message could quote the key
    return { problem: "it is no private key in PEM without encryption" };
  }
}
