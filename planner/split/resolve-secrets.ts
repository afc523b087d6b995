// The values of a host's secrets, taken from what the PKI has.
import { FlexkubeError } from "#shared/errors.ts";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { SecretOrigin } from "#planner/draft/fragment/fragment.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import { encryptionDocument } from "#planner/cluster/kubernetes/documents.ts";
import type { PreparedKeys } from "#planner/pki/prepare-keys.ts";
import type { SealingKeys } from "#planner/pki/sealing-keys.ts";
import type { PreparedPki } from "#planner/pki/types.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";

type Kept = Pick<PreparedPki, "cas" | "certificates"> &
  Pick<PreparedKeys, "pairs" | "encryption"> & { readonly sealing?: SealingKeys | undefined };

/**
 * The draft with all its secrets, sorted by name. Throws INTERNAL_BUG for what the PKI was not asked for, and PKI_MISMATCH
 * when a host needs the key of a CA that is held elsewhere.
 */
export function resolveSecrets(draft: HostDraft, pki: Kept, hashKey: string): HostConfig {
  const secrets = Object.entries(draft.secrets).map(([name, origin]) => [name, valueOf(origin, pki)] as const);
  const all = [...secrets, [hashKeyName, hashKey] as const].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...draft.config, secrets: Object.fromEntries(all) };
}

function valueOf(origin: SecretOrigin, pki: Kept): string {
  const value = partOf(origin, pki);
  if (value === undefined)
    throw new FlexkubeError("INTERNAL_BUG", "a key or certificate was not asked for", {
      reason: "id" in origin ? origin.id : origin.from,
    });
  return value;
}

function partOf(origin: SecretOrigin, pki: Kept): string | undefined {
  switch (origin.from) {
    case "given":
      return origin.value;
    case "ca":
      return pki.cas.get(origin.id)?.certificate;
    case "caKey":
      return authorityKey(origin.id, pki);
    case "certificate":
      return pki.certificates.get(origin.id)?.certificate;
    case "key":
      return pki.certificates.get(origin.id)?.key.reveal();
    case "publicKey":
      return pki.pairs.get(origin.id)?.publicKey;
    case "privateKey":
      return pki.pairs.get(origin.id)?.key.reveal();
    case "signers":
      return pki.sealing?.signers;
    case "identity":
      return pki.sealing?.identities.get(origin.host)?.reveal();
    case "encryption":
      return encryptionOf(origin, pki);
  }
}

function authorityKey(id: string, { cas }: Kept): string | undefined {
  const ca = cas.get(id);
  if (ca !== undefined && ca.key === undefined)
    throw new FlexkubeError("PKI_MISMATCH", "a CA's key is held elsewhere, and hosts need it", {
      file: `${id}/ca.key`,
      reason: "the controller manager signs the kubelets' certificates with it; put the key beside the certificate",
    });
  return ca?.key?.reveal();
}

function encryptionOf(origin: SecretOrigin & { readonly from: "encryption" }, pki: Kept): string | undefined {
  const keys = pki.encryption.get(origin.id)?.reveal();
  if (keys === undefined) return undefined;
  return renderDocument("Made by flexkube-planner", encryptionDocument({ ...origin, keys }));
}
