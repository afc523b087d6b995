// Whether a leaf certificate can stay, and if not, why.
// Pure: it must not read, make or write anything.
import type { X509Certificate } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { durationMs } from "#shared/duration.ts";
import { plainAddress } from "./address-bytes.ts";
import type { Authority } from "./authority.ts";
import { lifeOf } from "./certificate.ts";
import type { Leaf, Life } from "./leaf.ts";
import type { CertificateRequest, PkiCertificate } from "./types.ts";
import { usageOids } from "./usage-oids.ts";

export type LeafVerdict =
  | { readonly kind: "keep"; readonly pair: PkiCertificate; readonly life: Life }
  /** It still does its job, but should be replaced by now. */
  | { readonly kind: "renew"; readonly pair: PkiCertificate; readonly life: Life; readonly cause: string }
  /** It cannot do its job. */
  | { readonly kind: "issue"; readonly cause: string };

export function judgeLeaf(leaf: Leaf, authority: Authority, now: number): LeafVerdict {
  const { certificate, key, request } = leaf;
  if (certificate === undefined) {
    const cause = key === undefined ? "it does not exist yet" : "its key is there without a certificate";
    return { kind: "issue", cause };
  }
  if (key === undefined) return { kind: "issue", cause: "its key is missing" };
  const fault = faultOf(certificate.parsed, request, authority);
  if (fault !== undefined) return { kind: "issue", cause: fault };
  const life = lifeOf(certificate.parsed);
  const { notAfter } = life;
  if (now >= notAfter) return { kind: "issue", cause: "it has expired" };
  const due = dueAt(request, life);
  // near the CA's own end a new one would last no longer, so it would be replaced again and again
  const gains = endOfLeaf(request, authority, now) > notAfter;
  const pair: PkiCertificate = { certificate: certificate.pem, key: key.pem };
  return now >= due && gains
    ? {
        kind: "renew",
        pair,
        life,
        cause: request.renewAfter === "half" ? "half of its life is over" : "two thirds of its life are over",
      }
    : { kind: "keep", pair, life };
}

/** When a certificate is to be renewed. */
export function dueAt({ renewAfter }: CertificateRequest, { notBefore, notAfter }: Life): number {
  return notBefore + (notAfter - notBefore) * (renewAfter === "half" ? 1 / 2 : 2 / 3);
}

/** When a leaf issued now ends, in milliseconds since 1970: never after its CA. */
export function endOfLeaf(request: CertificateRequest, authority: Authority, now: number): number {
  return Math.min(Math.floor((now + durationMs(request.validity)) / 1000) * 1000, authority.life.notAfter);
}

function faultOf(certificate: X509Certificate, request: CertificateRequest, authority: Authority): string | undefined {
  if (!certificate.checkIssued(authority.certificate) || !certificate.verify(authority.publicKey))
    return "it was issued by another CA";
  if (certificate.ca) return "it is a CA certificate";
  if (!hasSubject(certificate, request)) return "its subject differs";
  const names = differenceOf("names", foundNames(certificate), wantedNames(request));
  return names ?? differenceOf("usages", certificate.keyUsage ?? [], wantedUsages(request));
}

/** Names that node:crypto shows as they are. */
const plainName = /^[A-Za-z0-9:._-]+$/;

function hasSubject(certificate: X509Certificate, request: CertificateRequest): boolean {
  const names = [
    ...[request.organization ?? []].flat().map((name) => ["O", name]),
    ["CN", request.commonName],
  ] as const;
  // forty thousand of them: the library's way below takes ten times as long
  const isPlain = names.every(([, name = ""]) => plainName.test(name));
  if (isPlain && certificate.subject === names.map(([kind, name]) => `${kind}=${name}`).join("\n")) return true;
  const found: Readonly<Record<string, unknown>> = { ...certificate.toLegacyObject().subject };
  const organizations = [request.organization ?? []].flat();
  const expected = organizations.length === 0 ? 1 : 2;
  return (
    Object.keys(found).length === expected &&
    found["CN"] === request.commonName &&
    // one is shown as text, several as a list
    isDeepStrictEqual([found["O"] ?? []].flat(), organizations)
  );
}

/** A name that holds a comma or quote stands in quotes there; it equals no wanted name, and that is right. */
function foundNames(certificate: X509Certificate): readonly string[] {
  return certificate.subjectAltName?.split(", ") ?? [];
}

function wantedNames({ dnsNames, ipAddresses }: CertificateRequest): readonly string[] {
  return [
    ...dnsNames.map((name) => `DNS:${name}`),
    ...ipAddresses.map((address) => `IP Address:${plainAddress(address)}`),
  ];
}

function wantedUsages({ usages }: CertificateRequest): readonly string[] {
  return usages.map((usage) => usageOids[usage]);
}

function differenceOf(what: string, found: readonly string[], wanted: readonly string[]): string | undefined {
  const added = [...new Set(wanted)].filter((name) => !found.includes(name)).toSorted();
  const removed = [...new Set(found)].filter((name) => !wanted.includes(name)).toSorted();
  if (added.length + removed.length === 0) return undefined;
  const changes = [...added.map((name) => `+${name}`), ...removed.map((name) => `-${name}`)];
  return `its ${what} differ: ${changes.join(" ")}`;
}
