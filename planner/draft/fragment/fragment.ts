// What a component of the cluster config contributes to one host's config.
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { CaRequest, CertificateRequest } from "#planner/pki/types.ts";
import type { KeyRequest } from "#planner/pki/prepare-keys.ts";

/** Where the value of a host's secret comes from: given, or kept in pki/ under an id. */
export type SecretOrigin =
  | { readonly from: "given"; readonly value: string }
  | { readonly from: "ca" | "caKey" | "certificate" | "key" | "publicKey" | "privateKey"; readonly id: string }
  /** Who may sign host configs; the key that the host opens them with. */
  | { readonly from: "signers" }
  | { readonly from: "identity"; readonly host: string }
  | {
      readonly from: "encryption";
      readonly id: string;
      /** What is encrypted now, and what only must stay readable. */
      readonly resources: readonly string[];
      readonly formerly: readonly string[];
    };

export type Fragment = {
  /** Sections of the host config, still without static defaults; the schema of the host config checks them. */
  readonly sections: { readonly [Section in keyof HostConfig]?: unknown };
  /** Secrets that the sections refer to, besides the user's own. */
  readonly secrets: Readonly<Record<string, SecretOrigin>>;
  readonly cas: readonly CaRequest[];
  readonly certificates: readonly CertificateRequest[];
  /**
   * All nodes of the pod network, one text for all hosts. It is made of what has been checked before, and too long to be
   * checked again on each.
   */
  readonly nodeTable?: string;
  /** Keys that belong to no certificate. */
  readonly keys?: readonly KeyRequest[];
};

/** A fragment that needs no secrets and no certificates. */
export function plainFragment(sections: Fragment["sections"]): Fragment {
  return { sections, secrets: {}, cas: [], certificates: [] };
}
