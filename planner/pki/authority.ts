// One CA of the PKI: taken as it stands, completed after a kill, or made. Never replaced.
import type { KeyObject, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { certificateKindFault, fittingKinds } from "#shared/certificate-kind.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { certificateMode, type PkiAction } from "./actions.ts";
import { lifeOf, readCertificate, timeText } from "./certificate.ts";
import { newKey, readKey, type Key } from "./key.ts";
import type { CaRequest, PkiIo } from "./types.ts";

export type Authority = {
  readonly id: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly pem: string;
  readonly certificate: X509Certificate;
  readonly publicKey: KeyObject;
  /** Unset when it is held elsewhere: then nothing can be issued. */
  readonly key: Key | undefined;
  readonly life: { readonly notBefore: number; readonly notAfter: number };
  /** Neither key nor certificate was there. */
  readonly isNew: boolean;
  /** Why `actions` is not empty. */
  readonly cause: string | undefined;
  readonly actions: readonly PkiAction[];
};

export type IssuingAuthority = Authority & { readonly key: Key };

/** Reads a CA and decides what is missing of it. Throws PKI_UNREADABLE or PKI_MISMATCH. */
export async function prepareAuthority(
  request: CaRequest,
  options: { readonly directory: string; readonly io: PkiIo; readonly now: number },
): Promise<Authority> {
  const { directory, io, now } = options;
  const certificateFile = join(directory, request.id, "ca.crt");
  const keyFile = join(directory, request.id, "ca.key");
  const certificateBytes = await io.readFile(certificateFile);
  const keyBytes = await io.readFile(keyFile);
  const found = keyBytes === undefined ? undefined : readKey(keyFile, keyBytes);

  if (certificateBytes !== undefined) {
    const pem = Buffer.from(certificateBytes).toString("utf8");
    const existing = describe(request.id, { certificateFile, keyFile }, { pem, key: found });
    checkExisting(existing);
    return existing;
  }
  refuseEarly(now, certificateFile);
  const key = found ?? newKey();
  const { selfSigned } = await import("./self-signed.ts");
  const pem = selfSigned(request, { object: key.object, file: keyFile }, now);
  const create: readonly PkiAction[] = found === undefined ? [{ kind: "create", path: keyFile, content: key.pem }] : [];
  return {
    ...describe(request.id, { certificateFile, keyFile }, { pem, key }),
    isNew: found === undefined,
    cause: found === undefined ? "it does not exist yet" : "its key is there without a certificate",
    actions: [...create, { kind: "write", path: certificateFile, content: pem, mode: certificateMode }],
  };
}

/** Before there was a flexkube: a machine with another clock takes none of what begins and ends then. */
const earliest = Date.UTC(2025, 0, 1);

function refuseEarly(now: number, file: string): void {
  if (now >= earliest) return;
  const reason = `this machine's clock shows ${timeText(now)}, which cannot be; set it, and split again`;
  throw new FlexkubeError("PKI_MISMATCH", "no CA is made by a clock that is wrong", { file, reason });
}

function describe(
  id: string,
  files: Pick<Authority, "certificateFile" | "keyFile">,
  pair: { readonly pem: string; readonly key: Key | undefined },
): Authority {
  const certificate = readCertificate(files.certificateFile, Buffer.from(pair.pem));
  return {
    id,
    ...files,
    ...pair,
    certificate,
    publicKey: certificate.publicKey,
    life: lifeOf(certificate),
    isNew: false,
    cause: undefined,
    actions: [],
  };
}

function checkExisting({ certificate, certificateFile, keyFile, key }: Authority): void {
  if (!certificate.ca) {
    const reason = "not a CA certificate (no basicConstraints CA:TRUE); put the CA's certificate there";
    throw new FlexkubeError("PKI_MISMATCH", "a CA file holds another certificate", { file: certificateFile, reason });
  }
  const kindFault = certificateKindFault(certificate);
  if (kindFault !== undefined)
    throw new FlexkubeError("PKI_MISMATCH", "a CA is of a kind that programs refuse", {
      file: certificateFile,
      reason: `it ${kindFault}; programs take ${fittingKinds}`,
    });
  if (key !== undefined && !certificate.checkPrivateKey(key.object)) {
    const reason = `belongs to another key than the one in ${keyFile}; restore the one that belongs to the other from a backup`;
    throw new FlexkubeError("PKI_MISMATCH", "a certificate and its key do not match", {
      file: certificateFile,
      reason,
    });
  }
}
