// What a host config gives to whoever has it, and until when: for a host that left the cluster, and may be in other hands.
// Pure: it must not read or write anything. It names secrets and never tells them.
import { X509Certificate } from "node:crypto";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { lifeOf } from "#planner/pki/certificate.ts";

export type Held = {
  /** When the last of its certificates ends, in milliseconds since 1970; undefined without any that has its key there. */
  readonly certificatesUntil: number | undefined;
  /** Names of the other keys and secrets, sorted: those of CAs, and what has no end. */
  readonly secrets: readonly string[];
};

/** The digest key is left out: by itself it opens nothing. */
export function heldBy({ secrets }: Pick<HostConfig, "secrets">): Held {
  const ends: number[] = [];
  const others: string[] = [];
  for (const [name, text] of Object.entries(secrets)) {
    if (name === hashKeyName || isPublic(text)) continue;
    const certificate = hasPrivateKey(text) ? certificateOf(name, secrets) : undefined;
    if (certificate === undefined || certificate.ca) others.push(name);
    else ends.push(lifeOf(certificate).notAfter);
  }
  return { certificatesUntil: ends.length === 0 ? undefined : Math.max(...ends), secrets: others.toSorted() };
}

function hasPrivateKey(text: string): boolean {
  return /^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/m.test(text);
}

/** Nothing but certificates and public keys, or nothing at all. */
function isPublic(text: string): boolean {
  const rest = text.replaceAll(/^-----BEGIN ((?:[A-Z]+ )?(?:CERTIFICATE|PUBLIC KEY))-----[^-]*-----END \1-----$/gm, "");
  return rest.trim() === "";
}

/** That of a key: in the same text, or in the secret beside it. */
function certificateOf(name: string, secrets: HostConfig["secrets"]): X509Certificate | undefined {
  const texts = [secrets[name], secrets[name.replace(/\.key$/, ".crt")]];
  const text = texts.find((each) => each?.includes("-----BEGIN CERTIFICATE-----") === true);
  if (text === undefined) return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    // somebody's own secret that only looks like one: its key then counts as one without an end
    return undefined;
  }
}
