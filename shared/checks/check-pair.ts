// A certificate, its key and its CA among a host's secrets: readable, matching, signed, fit for their use.
import { createPrivateKey, type X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { certificatesOf } from "#shared/certificates-of.ts";
import type { Pair } from "#shared/components/component.ts";
import type { Finding } from "#shared/document/finding.ts";
import { ownValue } from "#shared/own-value.ts";

const usages = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" } as const;
const bothUsages = ["server", "client"] as const;

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // as above; the library's message could quote the key
    return undefined;
  }
}

/** What is wrong with a certificate, its key and its chain, each with the secret's name. */
export function checkPair(pair: Pair, secrets: Readonly<Record<string, string>>): readonly Finding[] {
  const certificatePem = ownValue(secrets, pair.certificate);
  const keyPem = ownValue(secrets, pair.key);
  const authorities = pair.ca === undefined ? [] : (certificatesOf(ownValue(secrets, pair.ca) ?? "") ?? []);
  const chain = certificatePem === undefined ? undefined : certificatesOf(certificatePem);
  const key = keyPem === undefined ? undefined : keyOf(keyPem);
  const findings: Finding[] = [];
  if (certificatePem !== undefined && chain === undefined)
    findings.push(bad(pair.certificate, "is no PEM certificate"));
  if (keyPem !== undefined && key === undefined) findings.push(bad(pair.key, "is no PEM private key"));
  const leaf = chain?.[0];
  if (leaf === undefined) return findings;
  if (key !== undefined && !leaf.checkPrivateKey(key))
    findings.push(bad(pair.key, `does not belong to the certificate ${pair.certificate}`));
  if (authorities.length > 0 && !isSigned(leaf, [...authorities, ...(chain ?? []).slice(1)]))
    findings.push(bad(pair.certificate, `is not signed by ${pair.ca}`));
  for (const usage of pair.usages ?? bothUsages)
    if (leaf.keyUsage !== undefined && !leaf.keyUsage.includes(usages[usage]))
      findings.push(bad(pair.certificate, `lacks the extended key usage ${usage} authentication`));
  return findings;
}

function isSigned(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return authorities.some((authority) => leaf.checkIssued(authority) && leaf.verify(authority.publicKey));
}

/** A CA that is no certificate. */
export function checkAuthority(name: string, secrets: Readonly<Record<string, string>>): readonly Finding[] {
  const pem = ownValue(secrets, name);
  return pem === undefined || certificatesOf(pem) !== undefined ? [] : [bad(name, "is no PEM certificate")];
}

/** Says what is wrong with a secret. */
export function bad(secret: string, what: string): Finding {
  return { path: ["secrets", secret], at: "key", problem: `${secret} ${what}` };
}
