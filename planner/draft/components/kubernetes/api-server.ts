// kube-apiserver on each host of the control plane.
import { namesFor } from "#shared/schema/types/resource-name.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { pidsLimit } from "#planner/cluster/defaults.ts";
import { userOf } from "#planner/cluster/users.ts";
import { apiserverArguments, apiserverHostArguments } from "#planner/cluster/kubernetes/default-arguments.ts";
import { withAdmissionPlugins } from "#planner/cluster/kubernetes/admission-plugins.ts";
import {
  admissionDocument,
  auditPolicyDocument,
  authenticationDocument,
} from "#planner/cluster/kubernetes/documents.ts";
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import { familyOf } from "#shared/cidr.ts";
import type { ResolvedKubernetes } from "#planner/cluster/kubernetes/resolved-kubernetes.ts";
import { mergeLayers } from "#planner/cluster/layers/merge-layers.ts";
import type { Fragment, SecretOrigin } from "#planner/draft/fragment/fragment.ts";
import { apiServerUrl } from "#planner/draft/fragment/api-access.ts";
import type { EtcdClient } from "#planner/draft/fragment/etcd-client.ts";
import { etcdClient } from "#planner/draft/fragment/etcd-client.ts";
import type { LeafParts } from "#planner/draft/fragment/leaf-certificate.ts";
import {
  caRequest,
  caSecrets,
  frontProxyCa,
  kubernetesCa,
  leafCertificates,
} from "#planner/draft/fragment/leaf-certificate.ts";
import { encryptionKeysId, serviceAccountId } from "#planner/draft/fragment/key-ids.ts";
import { rolloutOf } from "#planner/draft/fragment/rollout.ts";
import { withDefaults } from "#planner/draft/fragment/with-defaults.ts";

const encryptionSecret = "kubernetes/encryption.yaml";
const defaultAuditDirectory = "/var/log/kube-apiserver";

/** The API server on this host, or undefined. */
export function apiServer(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes } = cluster;
  if (kubernetes === undefined || !kubernetes.controlPlane.has(host)) return undefined;
  const etcd = etcdClient(cluster, host);
  const leaves = leavesOf(cluster, kubernetes, host);
  const encryption = encryptionOf(config, kubernetes);
  return {
    sections: {
      kubeApiserver: {
        ...withDefaults(
          commonFields(cluster, kubernetes),
          { args: apiserverHostArguments(config, kubernetes, host) },
          withPlugins(cluster, kubernetes, [
            config.controlPlane?.apiserver,
            config.controlPlane?.overrides[host]?.apiserver,
          ]),
        ),
        ...fixedFields(config, host, etcd),
        ...etcd.restored,
        ...etcd.membership,
        ...(encryption === undefined ? {} : { encryption: encryptionSecret }),
        rollout: rolloutOf(sharedSettings(cluster, kubernetes, etcd)),
      },
    },
    secrets: {
      ...caSecrets,
      "kubernetes/front-proxy-ca.crt": { from: "ca", id: frontProxyCa },
      "kubernetes/service-account.pub": { from: "publicKey", id: serviceAccountId },
      "kubernetes/service-account.key": { from: "privateKey", id: serviceAccountId },
      ...etcd.secrets,
      ...leaves.secrets,
      ...(encryption === undefined ? {} : { [encryptionSecret]: encryption }),
    },
    cas: [caRequest(cluster, kubernetesCa), caRequest(cluster, frontProxyCa), ...etcd.cas],
    certificates: [...leaves.certificates, ...etcd.certificates],
    keys: [
      { id: serviceAccountId, kind: "pair" },
      ...(encryption === undefined ? [] : [{ id: encryptionKeysId, kind: "encryption" } as const]),
    ],
  };
}

/** What is the same on all hosts unless the config says otherwise. */
function commonFields(cluster: Cluster, kubernetes: ResolvedKubernetes): object {
  const { config } = cluster;
  const { audit, podSecurity } = config.controlPlane ?? {};
  return {
    image: kubernetes.images.apiserver,
    ...pidsLimit,
    ...userOf(cluster, "kubeApiserver"),
    args: apiserverArguments(config, kubernetes),
    authentication: authenticationDocument,
    admission: admissionDocument(podSecurity ?? (config.hardening === "cis" ? "restricted" : "baseline")),
    ...(audit?.enabled === true
      ? { auditPolicy: audit.policy === undefined ? auditPolicyDocument : withKind(audit.policy) }
      : {}),
  };
}

/** The layers as one; admission plug-ins that they name come beside those of the defaults. */
function withPlugins(
  cluster: Cluster,
  kubernetes: ResolvedKubernetes,
  layers: readonly (object | undefined)[],
): object {
  return withAdmissionPlugins(commonFields(cluster, kubernetes), mergeLayers(...layers));
}

/** People's own policy, with what the program must know to read it. */
function withKind(policy: KubernetesDocument): KubernetesDocument {
  const { apiVersion = "audit.k8s.io/v1", kind = "Policy" } = policy;
  return { apiVersion, kind, ...policy };
}

function fixedFields(config: ClusterConfig, host: string, etcd: EtcdClient): object {
  const anywhere = familyOf(config.hosts[host]?.address ?? "") === 6 ? "::" : "0.0.0.0";
  const auditLogDirectory = auditDirectory(config);
  return {
    bind: { address: anywhere, port: config.controlPlane?.port },
    etcdServers: etcd.servers,
    ...(auditLogDirectory === undefined ? {} : { auditLogDirectory }),
    ...(etcd.caSecret === undefined ? {} : { certificates: { etcdCa: etcd.caSecret } }),
  };
}

function auditDirectory({ controlPlane }: ClusterConfig): string | undefined {
  return controlPlane?.audit.enabled === true ? (controlPlane.audit.directory ?? defaultAuditDirectory) : undefined;
}

/** What changes on all hosts at once. */
function sharedSettings(cluster: Cluster, kubernetes: ResolvedKubernetes, etcd: EtcdClient): object {
  const { config, restore } = cluster;
  const { controlPlane } = config;
  return {
    fields: mergeLayers(commonFields(cluster, kubernetes), withPlugins(cluster, kubernetes, [controlPlane?.apiserver])),
    port: controlPlane?.port,
    servers: etcd.allServers,
    auditDirectory: auditDirectory(config),
    encryption: encryptionOf(config, kubernetes),
    ...etcd.restored,
    ...(restore?.open === true ? { restoreIsOpen: true } : {}),
  };
}

/** What was encrypted once needs its keys to be read, even where nothing is encrypted any more. */
function encryptionOf({ controlPlane }: ClusterConfig, { encrypted }: ResolvedKubernetes): SecretOrigin | undefined {
  if (encrypted.length === 0) return undefined;
  const resources = controlPlane?.encryption.enabled === true ? controlPlane.encryption.resources.toSorted() : [];
  return {
    from: "encryption",
    id: encryptionKeysId,
    resources,
    formerly: notMeant(encrypted, resources),
  };
}

/** An API server refuses a resource that another entry has in it, or that an earlier rule masks. */
function notMeant(encrypted: readonly string[], resources: readonly string[]): readonly string[] {
  const given = new Set(resources);
  const left = encrypted.filter((resource) => !namesFor(resource).some((name) => given.has(name)));
  const among = new Set(left);
  return left.filter((resource) => !namesFor(resource).some((name) => name !== resource && among.has(name)));
}

function leavesOf(cluster: Cluster, kubernetes: ResolvedKubernetes, host: string): LeafParts {
  const names = servedNames(cluster, kubernetes, host);
  const kubeletClient = "apiserver-kubelet-client";
  return leafCertificates(cluster, host, [
    { name: "apiserver", ca: kubernetesCa, commonName: "kube-apiserver", usage: "server", ...names },
    { name: kubeletClient, ca: kubernetesCa, commonName: `kube-${kubeletClient}`, usage: "client" },
    { name: "front-proxy-client", ca: frontProxyCa, commonName: "front-proxy-client", usage: "client" },
  ]);
}

/** Every name and address that somebody calls this API server by. */
function servedNames(cluster: Cluster, kubernetes: ResolvedKubernetes, host: string) {
  const { config } = cluster;
  const extra = config.controlPlane?.extraSans ?? [];
  const isAddress = (name: string): boolean => name.includes(":") || /^[0-9.]+$/.test(name);
  const balancers = new Set(
    [...kubernetes.controlPlane, ...kubernetes.nodes.keys()].map((each) => balancedAddress(cluster, each)),
  );
  const services = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  return {
    dnsNames: unique([
      ...services,
      `kubernetes.default.svc.${config.network.dnsDomain}`,
      "localhost",
      host,
      ...extra.filter((name) => !isAddress(name)),
    ]),
    ipAddresses: unique([
      config.hosts[host]?.address ?? "",
      "127.0.0.1",
      "::1",
      kubernetes.serviceAddress,
      ...balancers,
      ...extra.filter(isAddress),
    ]),
  };
}

function balancedAddress(cluster: Cluster, host: string): string {
  return new URL(apiServerUrl(cluster, host)).hostname.replace(/^\[(.*)\]$/, "$1");
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== "").toSorted();
}
