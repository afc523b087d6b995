// Certificates of a host's Kubernetes components: what each asks of the PKI, and the secrets it becomes.
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { CaRequest, CertificateRequest, Usage } from "#planner/pki/types.ts";
import type { Fragment, SecretOrigin } from "./fragment.ts";

/** Ids of the CAs in pki/. */
export const kubernetesCa = "kubernetes";
export const frontProxyCa = "front-proxy";

type Leaf = {
  /** `kubernetes/<name>.crt` and `.key` on the host. */
  readonly name: string;
  readonly ca: string;
  readonly commonName: string;
  /** The group that Kubernetes reads from it, or several. */
  readonly group?: string | readonly string[];
  readonly usage: Usage;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
};

export type LeafParts = Pick<Fragment, "secrets" | "certificates">;

/** Certificates with their keys, for one host alone. */
export function leafCertificates(cluster: Cluster, host: string, leaves: readonly Leaf[]): LeafParts {
  const secrets = new Map<string, SecretOrigin>();
  for (const { name } of leaves) {
    const id = idOf(host, name);
    secrets.set(`kubernetes/${name}.crt`, { from: "certificate", id });
    secrets.set(`kubernetes/${name}.key`, { from: "key", id });
  }
  return { secrets: Object.fromEntries(secrets), certificates: leaves.map((leaf) => requestOf(cluster, host, leaf)) };
}

function idOf(host: string, name: string): string {
  return `kubernetes/hosts/${host}/${name}`;
}

function requestOf({ leafLife }: Cluster, host: string, leaf: Leaf): CertificateRequest {
  return {
    id: idOf(host, leaf.name),
    ca: leaf.ca,
    commonName: leaf.commonName,
    ...(leaf.group === undefined ? {} : { organization: leaf.group }),
    dnsNames: leaf.dnsNames ?? [],
    ipAddresses: leaf.ipAddresses ?? [],
    usages: [leaf.usage],
    ...leafLife,
  };
}

/** The CA of Kubernetes, or that of the API servers' front proxy. */
export function caRequest({ config }: Cluster, id: typeof kubernetesCa | typeof frontProxyCa): CaRequest {
  return { id, commonName: `${config.name}-${id}-ca`, validity: config.pki.caValidity };
}

export const caSecrets: Readonly<Record<string, SecretOrigin>> = {
  "kubernetes/ca.crt": { from: "ca", id: kubernetesCa },
};
