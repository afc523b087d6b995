// Kubernetes in the cluster config: what an operator writes. Fields of the components are layers of those of the host config.
import * as z from "zod";
import { Content, DataDirectory, Image, Name, PeerAddress, Port } from "#shared/schema/words/words.ts";
import { HostSelection, InputPath, overridesOf } from "#shared/schema/words/cluster-words.ts";
import { all, domain, repeated } from "#shared/schema/types/domain.ts";
import { layerShape } from "#shared/schema/words/layer.ts";
import { notClusterDomain, notSubjectName } from "#shared/schema/types/dns-name.ts";
import { notNameServer, tooManyServers } from "#shared/schema/types/name-server.ts";
import { notClusterNetwork } from "#shared/schema/types/network-purpose.ts";
import { notResource, overlappingResources } from "#shared/schema/types/resource-name.ts";
import { notIssuer } from "#shared/schema/types/url.ts";
import { ClusterObjects, HelmRelease } from "./cluster-objects.ts";
import { Cidr, KubernetesDocument, ServerUrl } from "./kubernetes-words.ts";
import { KubeApiserver, KubeControllerManager, KubeScheduler } from "./control-plane.ts";
import { Kubelet } from "./kubelet.ts";
import { KubeProxy, PodNetwork } from "./network.ts";
import { NodeSettings } from "./node-settings.ts";

/** Kubernetes as a whole. */
export const KubernetesSection = z.strictObject({
  version: domain(
    "version",
    z
      .string()
      .regex(
        /^v?1\.[0-9]{1,3}\.[0-9]{1,4}(-[0-9A-Za-z.-]+)?$/,
        "a version in full and in quotes if need be, such as 1.36.3",
      ),
  ).meta({ description: "Version of Kubernetes in full, such as 1.36.3; images and flags follow it." }),
});
export type KubernetesSection = z.infer<typeof KubernetesSection>;

const apiserverFields = layerShape(KubeApiserver, [
  "bind",
  "etcdServers",
  "etcdRestore",
  "etcdMembership",
  "certificates",
  "encryption",
  "rollout",
  "auditLogDirectory",
]);
const controllerManagerFields = layerShape(KubeControllerManager, ["api", "certificates", "rollout"]);
const schedulerFields = layerShape(KubeScheduler, ["api", "rollout"]);
const kubeletFields = layerShape(Kubelet, ["node", "address", "api", "certificates", "registration"]);
const proxyFields = layerShape(KubeProxy, ["api"]);

const controlPlaneFields = {
  apiserver: z.strictObject(apiserverFields).optional().meta({ description: "kube-apiserver." }),
  controllerManager: z
    .strictObject(controllerManagerFields)
    .optional()
    .meta({ description: "kube-controller-manager." }),
  scheduler: z.strictObject(schedulerFields).optional().meta({ description: "kube-scheduler." }),
};

/** For a certificate. */
const SubjectName = domain("DNS name or address", z.string().min(1).max(253), notSubjectName);

/** Of pods or Services. */
const ClusterNetwork = domain("network of pods or Services", Cidr, notClusterNetwork);

export const EncryptionSettings = z.strictObject({
  enabled: z.boolean().default(true).meta({ description: "Encrypt Secrets in etcd, by secretbox. Default true." }),
  resources: domain("resources", z.array(domain("resource", z.string(), notResource)).min(1), overlappingResources)
    .default(["secrets"])
    .meta({ description: "Which resources are encrypted. Default secrets." }),
});
export type EncryptionSettings = z.infer<typeof EncryptionSettings>;

export const AuditSettings = z.strictObject({
  enabled: z.boolean().default(true).meta({ description: "Write an audit log. Default true." }),
  directory: DataDirectory.optional().meta({
    description: "Host directory of the audit log. Default /var/log/kube-apiserver.",
  }),
  policy: KubernetesDocument.optional().meta({
    description:
      "audit.k8s.io/v1 Policy. Default: metadata of everything but health checks and the events and leases of the cluster's own programs.",
  }),
});
export type AuditSettings = z.infer<typeof AuditSettings>;

export const ControlPlaneSection = z.strictObject({
  hosts: HostSelection,
  port: Port.default(6443).meta({ description: "Port of the API servers. Default 6443." }),
  extraSans: z.array(SubjectName).default([]).meta({
    description: "Further names and addresses of the API servers, for load balancers of your own. Default none.",
  }),
  serviceAccountIssuer: domain(
    "issuer",
    z.url({ protocol: /^https$/, error: "an https URL such as https://issuer.example.org" }),
    notIssuer,
  )
    .optional()
    .meta({ description: "Issuer of service account tokens. Default https://kubernetes.default.svc.<domain>." }),
  encryption: EncryptionSettings.prefault({}).meta({ description: "Encryption at rest." }),
  audit: AuditSettings.prefault({}).meta({ description: "Audit log." }),
  podSecurity: z.enum(["privileged", "baseline", "restricted"]).optional().meta({
    description:
      "Pod security level that namespaces without a label enforce; kube-system is exempt. Default baseline, with `hardening: cis` restricted.",
  }),
  etcdServers: domain("servers", z.array(ServerUrl).min(1), repeated)
    .optional()
    .meta({ description: "Client URLs of an etcd that is not this cluster's. Default: the members of `etcd`." }),
  ...controlPlaneFields,
  overrides: overridesOf(z.strictObject(controlPlaneFields)),
});
export type ControlPlaneSection = z.infer<typeof ControlPlaneSection>;

const poolFields = {
  ...kubeletFields,
  labels: layerShape(NodeSettings, []).labels.meta({ description: "Labels of the nodes." }),
  roles: z.array(Name).optional().meta({ description: "Role labels (node-role.kubernetes.io/<role>) of the nodes." }),
  annotations: layerShape(NodeSettings, []).annotations.meta({ description: "Annotations of the nodes." }),
  taints: layerShape(NodeSettings, []).taints.meta({
    description: "Taints of the nodes. Default: NoSchedule on control-plane hosts unless all hosts are such.",
  }),
};
const PoolFields = z.strictObject(poolFields);

export const KubeletPool = z.strictObject({
  hosts: HostSelection,
  ...poolFields,
  overrides: overridesOf(PoolFields),
});
export type KubeletPool = z.infer<typeof KubeletPool>;

export const NetworkSection = z.strictObject({
  podCidr: ClusterNetwork.default("10.244.0.0/16").meta({ description: "Network of all pods. Default 10.244.0.0/16." }),
  serviceCidr: ClusterNetwork.default("10.96.0.0/16").meta({
    description: "Network of Services. Default 10.96.0.0/16.",
  }),
  nodeMask: z
    .int()
    .min(8)
    .max(126)
    .default(24)
    .meta({ description: "Length of a node's part of podCidr. Default 24: 254 pods a node." }),
  dnsDomain: domain("domain of a cluster", z.string().min(1).max(253), notClusterDomain)
    .default("cluster.local")
    .meta({ description: "DNS domain of the cluster. Default cluster.local." }),
  plugin: z.enum(["bridge", "none"]).default("bridge").meta({
    description: "bridge: routes between nodes on one layer 2 network; none: a plug-in of your own. Default bridge.",
  }),
  bridge: z
    .strictObject(layerShape(PodNetwork, ["podCidr", "clusterCidr", "routes", "nodes"]))
    .prefault({})
    .meta({ description: "Settings of the plug-in bridge." }),
  proxy: z
    .strictObject({
      enabled: z.boolean().default(true).meta({ description: "Run kube-proxy. Default true." }),
      mode: z
        .enum(["iptables", "nftables"])
        .default("iptables")
        .meta({ description: "How kube-proxy works. Default iptables." }),
      ...proxyFields,
    })
    .prefault({})
    .meta({ description: "kube-proxy." }),
});
export type NetworkSection = z.infer<typeof NetworkSection>;

export const AddonsSection = z.strictObject({
  coredns: z
    .strictObject({
      enabled: z.boolean().default(true).meta({ description: "Run CoreDNS. Default true." }),
      image: Image.optional().meta({ description: "Image of CoreDNS. Default: by Kubernetes' version." }),
      replicas: z.int().min(1).max(100).default(2).meta({ description: "Number of pods. Default 2." }),
      address: PeerAddress.optional().meta({
        description: "Address of the DNS Service. Default: the tenth of serviceCidr.",
      }),
      forward: domain(
        "name servers",
        z.array(domain("name server", z.string().min(1), notNameServer)),
        all(repeated, tooManyServers),
      )
        .optional()
        .meta({
          description:
            "Name servers for names outside of the cluster. Default: those of the node that CoreDNS runs on; []: such names are not resolved.",
        }),
    })
    .prefault({})
    .meta({ description: "DNS of the cluster." }),
  networkPolicies: z.boolean().optional().meta({
    description:
      "Network policies for kube-system. Default: with a network plug-in of your own, since nothing keeps them with the plug-in bridge.",
  }),
  ...layerShape(ClusterObjects, ["api", "manifests", "releases"]),
});
export type AddonsSection = z.infer<typeof AddonsSection>;

export const ManifestSource = z
  .strictObject({
    content: Content.optional().meta({ description: "YAML text, one or more documents." }),
    file: InputPath.optional().meta({ description: "File with such a text, relative to this document." }),
    secret: z.boolean().default(false).meta({ description: "It holds secrets: keep it among those. Default false." }),
  })
  .refine(
    (source) => (source.content === undefined) !== (source.file === undefined),
    "exactly one of content and file",
  );
export type ManifestSource = z.infer<typeof ManifestSource>;

export const HelmReleaseSource = z.strictObject({
  ...HelmRelease.shape,
  chart: InputPath.meta({ description: "Packed chart (tgz), relative to this document." }),
});
export type HelmReleaseSource = z.infer<typeof HelmReleaseSource>;

/** The sections of Kubernetes in the cluster config. */
export const kubernetesSections = {
  kubernetes: KubernetesSection.optional().meta({ description: "Kubernetes; needed by the sections below." }),
  controlPlane: ControlPlaneSection.optional().meta({
    description: "API server, controller manager and scheduler on each of its hosts.",
  }),
  kubelets: z.record(Name, KubeletPool).default({}).meta({ description: "Kubelets, pools by name." }),
  network: NetworkSection.prefault({}).meta({ description: "Networks of pods and Services." }),
  addons: AddonsSection.prefault({}).meta({ description: "What runs in every cluster." }),
  manifests: z.record(Name, ManifestSource).default({}).meta({ description: "Manifests of your own, by name." }),
  helmReleases: z.record(Name, HelmReleaseSource).default({}).meta({ description: "Helm releases, by name." }),
};
