// Certificates and keys among a host's secrets: readable, matching, signed by the CA, fit for their use. Only secrets that are
// there are looked at; a missing one is `checkSecrets`' to report.
import { createPrivateKey, createPublicKey, type X509Certificate } from "node:crypto";
import { certificatesOf } from "#shared/certificates-of.ts";
import { componentCertificates } from "#shared/components/component-table.ts";
import type { Certificates } from "#shared/components/component.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { bad, checkAuthority, checkPair } from "./check-pair.ts";
import { ownValue } from "#shared/own-value.ts";

/** Pairs that do not match, lack a use or have another signer; CAs that are none; keys that belong to nothing. */
export function checkCertificates(config: HostConfig): readonly Finding[] {
  const { secrets } = config;
  const { authorities, pairs, signers, tokenKeys } = componentCertificates(config);
  const unique = [...new Map(pairs.map((pair) => [pair.certificate, pair])).values()];
  return [
    ...[...new Set(authorities)].flatMap((name) => checkAuthority(name, secrets)),
    ...unique.flatMap((pair) => checkPair(pair, secrets)),
    ...signers.flatMap((signer) => checkSigner(signer, secrets)),
    ...tokenKeys.flatMap((keys) => checkTokenKey(keys, secrets)),
  ];
}

type Secrets = HostConfig["secrets"];

/** What signs does so with the first certificate of the file. */
function checkSigner({ certificate, key }: NonNullable<Certificates["signers"]>[number], secrets: Secrets) {
  const [authority] = certificatesOf(ownValue(secrets, certificate) ?? "") ?? [];
  return belongs(ownValue(secrets, key), authority?.publicKey)
    ? []
    : [bad(key, `does not belong to the certificate ${certificate}`)];
}

function checkTokenKey({ key, publicKeys }: NonNullable<Certificates["tokenKeys"]>[number], secrets: Secrets) {
  const trusted = ownValue(secrets, publicKeys);
  if (trusted === undefined) return [];
  const keys = publicKeysOf(trusted);
  if (keys === undefined) return [bad(publicKeys, "is no PEM public key")];
  const isKnown = keys.some((each) => belongs(ownValue(secrets, key), each));
  return isKnown ? [] : [bad(key, `is the key of none in ${publicKeys}`)];
}

type PublicKey = X509Certificate["publicKey"];

function publicKeysOf(pem: string): readonly PublicKey[] | undefined {
  const blocks = pem.match(/-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]*-----END (?:RSA )?PUBLIC KEY-----/g) ?? [];
  try {
    return blocks.length === 0 ? undefined : blocks.map((block) => createPublicKey(block));
  } catch {
    // whatever the library says about a broken key, the answer is that it cannot be read
    return undefined;
  }
}

/** True when either is missing: that is told of elsewhere. A key that cannot be read belongs to nothing. */
function belongs(pem: string | undefined, key: PublicKey | undefined): boolean {
  if (pem === undefined || key === undefined) return true;
  try {
    return createPublicKey(createPrivateKey(pem)).equals(key);
  } catch {
    // as above; the library's message could quote the key
    return false;
  }
}
