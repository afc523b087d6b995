// Certificates and keys among a host's secrets: readable, matching, signed by the CA, fit for their use.
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Finding } from "../finding.ts";
import type { EtcdCertificates, HostConfig } from "../host-config.ts";

const usages = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" } as const;

/** Only secrets that are there are looked at; a missing one is `checkSecrets`' to report. */
export function checkCertificates(config: HostConfig): readonly Finding[] {
  return [
    ...(config.etcd === undefined ? [] : checkEtcd(config, config.etcd.certificates)),
    ...checkAuthorities(config),
  ];
}

/** All certificates of a PEM text, or undefined when it holds none or one that cannot be read. */
export function certificatesOf(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length === 0 ? undefined : blocks.map((block) => new X509Certificate(block));
  } catch {
    // whatever the library says about a broken certificate, the answer is that it cannot be read
    return undefined;
  }
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // as above; the library's message could quote the key
    return undefined;
  }
}

/** What is wrong with a certificate, its key and its chain, each with the secret's name. */
export function checkPair(
  pair: { readonly certificate: string; readonly key: string; readonly ca: string },
  secrets: Readonly<Record<string, string>>,
): readonly Finding[] {
  const certificatePem = secrets[pair.certificate];
  const keyPem = secrets[pair.key];
  const authorities = certificatesOf(secrets[pair.ca] ?? "") ?? [];
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
  for (const [usage, oid] of Object.entries(usages))
    if (leaf.keyUsage !== undefined && !leaf.keyUsage.includes(oid))
      findings.push(bad(pair.certificate, `lacks the extended key usage ${usage} authentication`));
  return findings;
}

function isSigned(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return authorities.some((authority) => leaf.checkIssued(authority) && leaf.verify(authority.publicKey));
}

function checkEtcd({ secrets }: HostConfig, names: EtcdCertificates): readonly Finding[] {
  return [
    ...checkAuthority(names.ca, secrets),
    ...checkPair({ certificate: names.serverCertificate, key: names.serverKey, ca: names.ca }, secrets),
    ...checkPair({ certificate: names.peerCertificate, key: names.peerKey, ca: names.ca }, secrets),
  ];
}

function checkAuthorities(config: HostConfig): readonly Finding[] {
  const probes = [
    ...Object.values(config.apiLoadBalancers),
    ...Object.values(config.containers),
    ...(config.etcd === undefined ? [] : [config.etcd]),
  ];
  const names = [
    ...Object.values(config.apiLoadBalancers).map(({ ca }) => ca),
    ...probes.map(({ probe }) => probe.http?.ca),
  ];
  return [...new Set(names)].flatMap((name) => (name === undefined ? [] : checkAuthority(name, config.secrets)));
}

function checkAuthority(name: string, secrets: Readonly<Record<string, string>>): readonly Finding[] {
  const pem = secrets[name];
  return pem === undefined || certificatesOf(pem) !== undefined ? [] : [bad(name, "is no PEM certificate")];
}

function bad(secret: string, what: string): Finding {
  return { path: ["secrets", secret], at: "key", problem: `${secret} ${what}` };
}
