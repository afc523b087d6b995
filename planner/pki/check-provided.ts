// Certificates and keys that the user brings: everything that is wrong with them, before a host gets them.
// Pure: texts and the time come in as arguments; it must never show what a key contains.
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { certificateKindFault, fittingKinds, keyKindFault } from "#shared/certificate-kind.ts";
import type { Problem } from "#shared/errors.ts";
import { readPem } from "#shared/pem.ts";
import { reveal, type Secret } from "#shared/secret.ts";
import { lifeOf, timeText } from "./certificate.ts";
import type { Usage } from "./types.ts";
import { usageOids } from "./usage-oids.ts";

export type Provided = {
  /** PEM: the certificate, then the intermediates that lead to the CA, if any. */
  readonly certificate: string;
  /** PEM: PKCS#8, SEC 1 or PKCS#1, not encrypted. */
  readonly key?: Secret<string> | undefined;
  /** PEM: one or more certificates that are trusted; without it the chain is not checked. */
  readonly ca?: string | undefined;
  /** What it will be used for: as a CA, or by a program that is server, client or both. */
  readonly purpose: "ca" | readonly Usage[];
  /** Why it needs a usage that does not go without saying; ends the hint. */
  readonly because?: Readonly<Partial<Record<Usage, string>>> | undefined;
  /** DNS names and IP addresses under which a server will be reached. */
  readonly names?: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
};

const privateKeyKinds = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"];
const anyUsage = "2.5.29.37.0";
const smallestRsa = 2048;

/** Every problem, with path `certificate`, `key` or `ca`; none means that it can be used. */
export function validateProvided(provided: Provided): readonly Problem[] {
  const bundle = readBundle("certificate", provided.certificate);
  const anchors = provided.ca === undefined ? undefined : readBundle("ca", provided.ca);
  const problems = [...bundle.problems, ...(anchors?.problems ?? [])];
  const [certificate, ...intermediates] = bundle.certificates;
  if (certificate === undefined) return [...problems, ...keyProblems(provided.key, undefined)];
  return [
    ...problems,
    ...bundle.certificates.flatMap((each) => lifeProblems("certificate", each, provided.now)),
    ...(anchors?.certificates ?? []).flatMap((each) => lifeProblems("ca", each, provided.now)),
    ...purposeProblems(certificate, provided),
    ...nameProblems(certificate, provided),
    ...keyProblems(provided.key, certificate),
    ...(anchors === undefined ? [] : chainProblems(certificate, intermediates, anchors.certificates)),
  ];
}

type Bundle = { readonly certificates: readonly X509Certificate[]; readonly problems: readonly Problem[] };

function readBundle(path: string, text: string): Bundle {
  const certificates: X509Certificate[] = [];
  const problems: Problem[] = [];
  const { blocks, fault } = readPem(text);
  if (fault !== undefined) problems.push({ path, ...fault });
  for (const { kind, text: pem } of blocks) {
    if (kind.endsWith("PRIVATE KEY")) {
      problems.push({ path, problem: "holds a private key", hint: "Put the key into its own field or file." });
    } else if (kind === "CERTIFICATE") {
      const parsed = parse(pem);
      if (parsed === undefined) problems.push({ path, problem: "holds a CERTIFICATE block that is broken" });
      else certificates.push(parsed);
      const kindFault = parsed === undefined ? undefined : certificateKindFault(parsed);
      if (kindFault !== undefined) problems.push({ path, problem: kindFault, hint: `Programs take ${fittingKinds}` });
    } else {
      problems.push({ path, problem: `holds a ${kind} block`, hint: "Only CERTIFICATE blocks belong here." });
    }
  }
  if (certificates.length === 0 && problems.length === 0)
    problems.push({ path, problem: "holds no certificate", hint: "Give it as PEM: -----BEGIN CERTIFICATE-----" });
  return { certificates, problems };
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // whatever the parser dislikes, the problem says that the block is broken
    return undefined;
  }
}

function lifeProblems(path: string, certificate: X509Certificate, now: number): readonly Problem[] {
  const { notBefore, notAfter } = lifeOf(certificate);
  const which = `the certificate of ${oneLine(certificate.subject)}`;
  if (now >= notAfter) return [{ path, problem: `${which} has expired at ${timeText(notAfter)}` }];
  if (now < notBefore) return [{ path, problem: `${which} is valid only from ${timeText(notBefore)}` }];
  return [];
}

function purposeProblems(
  certificate: X509Certificate,
  { purpose, because = {} }: Pick<Provided, "purpose" | "because">,
): readonly Problem[] {
  const path = "certificate";
  if (purpose === "ca")
    return certificate.ca
      ? []
      : [{ path, problem: "is no CA certificate", hint: "A CA has basicConstraints CA:TRUE." }];
  // without the extension every usage is allowed
  const allowed = certificate.keyUsage ?? [anyUsage];
  const missing = purpose.filter((usage) => !allowed.includes(usageOids[usage]) && !allowed.includes(anyUsage));
  const usages = missing.map((usage) => ({
    path,
    problem: `must not be used as a ${usage}`,
    hint: `It needs the extended key usage ${usage}Auth${because[usage] === undefined ? "" : `: ${because[usage]}`}.`,
  }));
  return certificate.ca
    ? [...usages, { path, problem: "is a CA certificate", hint: "Give the certificate of the program first." }]
    : usages;
}

function nameProblems(certificate: X509Certificate, { purpose, names = [] }: Provided): readonly Problem[] {
  const path = "certificate";
  if (purpose === "ca" || !purpose.includes("server")) return [];
  if (certificate.subjectAltName === undefined)
    return [
      {
        path,
        problem: "names no host",
        hint: "A server needs subject alternative names; the common name does not count.",
      },
    ];
  const missing = names.filter((name) => {
    const found = isIP(name) === 0 ? certificate.checkHost(name, { subject: "never" }) : certificate.checkIP(name);
    return found === undefined;
  });
  return missing.map((name) => ({
    path,
    problem: `is not valid for ${name}`,
    hint: "Add it to the subject alternative names.",
  }));
}

function keyProblems(key: Secret<string> | undefined, certificate: X509Certificate | undefined): readonly Problem[] {
  if (key === undefined) return [];
  const path = "key";
  const { blocks, fault } = readPem(reveal(key));
  if (fault !== undefined) return [{ path, ...fault }];
  const kinds = blocks.map(({ kind }) => kind);
  const keys = kinds.filter((kind) => kind.endsWith("PRIVATE KEY"));
  if (keys.length !== 1)
    return [{ path, problem: keys.length === 0 ? "holds no private key in PEM" : "holds more than one private key" }];
  const object = keys.every((kind) => privateKeyKinds.includes(kind)) ? parseKey(key) : undefined;
  if (object === undefined)
    return [{ path, problem: "cannot be read", hint: "Give it as PKCS#8, SEC 1 or PKCS#1 without encryption." }];
  const kindFault = keyKindFault(object);
  if (kindFault !== undefined && certificate === undefined)
    return [{ path, problem: kindFault, hint: `Programs take ${fittingKinds}` }];
  const bits = object.asymmetricKeyDetails?.modulusLength ?? smallestRsa;
  const weak =
    bits < smallestRsa
      ? [{ path, problem: `is an RSA key of ${bits} bits`, hint: `Use at least ${smallestRsa} bits, or ECDSA P-256.` }]
      : [];
  const matches = certificate === undefined || certificate.checkPrivateKey(object);
  return matches ? weak : [...weak, { path, problem: "does not belong to the certificate" }];
}

function parseKey(key: Secret<string>): KeyObject | undefined {
  try {
    return createPrivateKey(reveal(key));
  } catch {
    // the parser's error is left out: nothing that has seen a key may end in a log
    return undefined;
  }
}

/** Of several certificates of one issuer, as cross-signing makes them, each may be the way. */
function chainProblems(
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
): readonly Problem[] {
  const rest = new Set(intermediates);
  const ends: X509Certificate[] = [];
  const open = [certificate];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const subject = current;
    if (anchors.some((anchor) => anchor.raw.equals(subject.raw) || issued(anchor, subject))) return [];
    const issuers = [...rest].filter((candidate) => issued(candidate, subject));
    for (const issuer of issuers) rest.delete(issuer);
    open.push(...issuers);
    if (issuers.length === 0) ends.push(subject);
  }
  const [end = certificate] = ends;
  const problem = `is not issued by the given CA: nobody given has issued ${oneLine(end.subject)}`;
  return [{ path: "certificate", problem }];
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function oneLine(subject: string): string {
  return subject.replaceAll("\n", ", ");
}
