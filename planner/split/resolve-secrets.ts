// The values of a host's secrets, taken from what the PKI has.
import { FlexkubeError } from "#shared/errors.ts";
import { hashKeyName } from "#shared/expand/secret-store.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { SecretOrigin } from "../components/fragment.ts";
import type { HostDraft } from "../host-draft.ts";
import type { PkiPlan } from "../pki/types.ts";

type Kept = Pick<PkiPlan, "cas" | "certificates">;

/** The draft with all its secrets, sorted by name. Throws INTERNAL_BUG for what the PKI was not asked for. */
export function resolveSecrets(draft: HostDraft, pki: Kept, hashKey: string): HostConfig {
  const secrets = Object.entries(draft.secrets).map(([name, origin]) => [name, valueOf(origin, pki)] as const);
  const all = [...secrets, [hashKeyName, hashKey] as const].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...draft.config, secrets: Object.fromEntries(all) };
}

function valueOf(origin: SecretOrigin, pki: Kept): string {
  if (origin.from === "given") return origin.value;
  const value = origin.from === "ca" ? pki.cas.get(origin.id)?.certificate : leafPart(origin, pki);
  if (value === undefined)
    throw new FlexkubeError("INTERNAL_BUG", "a certificate was not asked for", { reason: origin.id });
  return value;
}

function leafPart(origin: { readonly from: string; readonly id: string }, pki: Kept): string | undefined {
  const leaf = pki.certificates.get(origin.id);
  return origin.from === "key" ? leaf?.key.reveal() : leaf?.certificate;
}
