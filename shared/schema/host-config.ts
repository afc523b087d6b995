// The host config: all that one agent needs, with every field explicit; made by the planner or written by hand.
import * as z from "zod";
import {
  AbsolutePath,
  Address,
  Command,
  Content,
  DataDirectory,
  durationBetween,
  Id,
  Image,
  line,
  Name,
  PeerAddress,
  Port,
  Probe,
  RequestPath,
  Resources,
  RestartPolicy,
  SecretName,
  ServedAddress,
  StopTimeout,
} from "./words/words.ts";
import { ContainerConfig, LogConfig } from "./words/container.ts";
import { EtcdBackup, EtcdCare, EtcdCompaction, EtcdDefragmentAtStart, EtcdMembership } from "./words/etcd-upkeep.ts";
import { EtcdRestore } from "./words/etcd-restore.ts";
import { domain } from "./types/domain.ts";
import { notRegistry } from "./types/url.ts";
import { illFormed } from "./types/well-formed.ts";
import { ApiServersFirst } from "./kubernetes/api-servers-first.ts";
import { ClusterObjects } from "./kubernetes/cluster-objects.ts";
import { Rollout } from "./kubernetes/kubernetes-words.ts";
import { KubeApiserver, KubeControllerManager, KubeScheduler } from "./kubernetes/control-plane.ts";
import { Disruption } from "./kubernetes/disruption.ts";
import { Kubelet } from "./kubernetes/kubelet.ts";
import { KubeProxy, PodNetwork } from "./kubernetes/network.ts";
import { NodeSettings } from "./kubernetes/node-settings.ts";

export const apiVersion = "flexkube/v1alpha1";

export const Registry = z.strictObject({
  server: domain("registry", z.string().min(1).max(253), notRegistry).meta({
    description: "Registry host, with port if any.",
  }),
  username: line(1, 256).meta({ description: "User name at the registry." }),
  password: SecretName.meta({ description: "Secret with the password or token." }),
});
export type Registry = z.infer<typeof Registry>;

/** By what a sealed host config is opened and believed. */
export const Delivery = z.strictObject({
  signers: SecretName.meta({
    description:
      "Secret with the ed25519 public keys, in PEM, of whoever may sign host configs for this host; two while one follows on another. From then on an unsealed host config is refused.",
  }),
  identity: SecretName.optional().meta({
    description:
      "Secret with the key of age that this host's configs are sealed to. Default: the one that flexkube-agent identity has made.",
  }),
  kubernetes: z
    .strictObject({ secret: Name.meta({ description: "Name of the Secret, in the namespace flexkube-delivery." }) })
    .optional()
    .meta({
      description:
        "Further host configs also come by a Secret of the cluster, which is read with the credentials of the section node. Default: they do not.",
    }),
});
export type Delivery = z.infer<typeof Delivery>;

export const AgentSettings = z.strictObject({
  interval: durationBetween("1s", "24h").default("60s").meta({ description: "Time between two ticks. Default 60s." }),
  jitter: durationBetween("0s", "24h").default("5s").meta({
    description: "Random addition to the interval, so that hosts do not tick together. Default 5s.",
  }),
  listen: z
    .strictObject({ address: ServedAddress.default("127.0.0.1"), port: Port })
    .optional()
    .meta({
      description:
        "Where /healthz, /metrics and, at /, a page of the host are served, to whoever asks. Default: nowhere.",
    }),
  imageDirectory: AbsolutePath.optional().meta({
    description: "Host directory of image archives (docker save), looked at before a registry.",
  }),
  registries: z.array(Registry).default([]).meta({ description: "Credentials of registries. Default none." }),
  delivery: Delivery.optional().meta({
    description: "Host configs come signed and sealed. Default: as they are.",
  }),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

/** Where etcd's certificates and keys stand in `secrets`. */
const EtcdCertificates = z.strictObject({
  ca: SecretName.default("etcd/ca.crt"),
  serverCertificate: SecretName.default("etcd/server.crt"),
  serverKey: SecretName.default("etcd/server.key"),
  peerCertificate: SecretName.default("etcd/peer.crt"),
  peerKey: SecretName.default("etcd/peer.key"),
});

export const EtcdMember = z.strictObject({
  name: Name.meta({ description: "etcd member name; the container is etcd-<name>." }),
  image: Image,
  address: Address.meta({ description: "Address the member listens on and advertises." }),
  clientPort: Port.default(2379),
  peerPort: Port.default(2380),
  metricsAddress: ServedAddress.default("127.0.0.1"),
  metricsPort: Port.default(2381),
  dataDirectory: DataDirectory.meta({
    description: "Host directory of the data; never removed without an explicit word.",
  }),
  uid: Id.default(65534).meta({ description: "User etcd runs as and that owns data and keys. Default 65534." }),
  gid: Id.default(65534),
  token: line(1, 255).meta({
    description:
      "initial-cluster-token, which a member is told at its first start: the ids of the cluster and of its first members come from it. The same on all members; of a restored cluster it names the restore and the snapshot.",
  }),
  members: z
    .record(
      Name,
      z.strictObject({
        address: Address,
        peerPort: Port.default(2380),
        clientPort: Port.default(2379),
        incarnation: z.int().min(2).max(1_000_000).optional().meta({
          description:
            "How often a member began there anew, its former data given up; etcd knows it as <name>.<incarnation>, and its data has a directory of that name in dataDirectory. Default: the first.",
        }),
      }),
    )
    .meta({
      description: "All members by name, this one included.",
    }),
  membership: EtcdMembership.optional().meta({
    description:
      "Hosts bring etcd's own list of members to what the config says: newcomers add and promote themselves, those that stay remove others. Default: nobody does.",
  }),
  bootstrap: z
    .boolean()
    .default(false)
    .meta({ description: "An empty member may found the cluster when no peer answers. Default false." }),
  corruptionCheck: z.enum(["experimental-flags", "feature-gates", "none"]).default("none").meta({
    description:
      "How corruption checks are switched on: experimental-flags (3.5), feature-gates (3.6 and newer). Default none.",
  }),
  cipherSuites: z
    .array(
      domain(
        "cipher suite",
        z.string().regex(/^TLS_[A-Z0-9_]+$/, "a suite by Go's name, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
      ),
    )
    .default([])
    .meta({ description: "Cipher suites of TLS 1.2 for clients and peers. Default: etcd's own." }),
  entrypoint: Command.default(["/usr/local/bin/etcd"]).meta({
    description: "Program in the image. Default /usr/local/bin/etcd.",
  }),
  extraArgs: z
    .array(domain("flag", z.string().startsWith("--"), illFormed))
    .default([])
    .meta({ description: "Further arguments; the last of equal ones wins. Default none." }),
  backup: EtcdBackup.optional().meta({ description: "Backups of this member. Default: none." }),
  care: EtcdCare.optional().meta({ description: "Care of this member by its host. Default: none." }),
  quotaBackendBytes: z
    .int()
    .min(16 * 2 ** 20)
    .max(2 ** 40)
    .optional()
    .meta({ description: "Size of the data at which etcd stops writing. Default: etcd's own, 2 GiB." }),
  compaction: EtcdCompaction.optional().meta({
    description: "Compaction by etcd itself; API servers do it themselves. Default: none.",
  }),
  defragmentAtStart: EtcdDefragmentAtStart.optional().meta({ description: "Default: never." }),
  restore: EtcdRestore.optional().meta({
    description:
      "The snapshot from which all members begin a new cluster, once on each host; token is then the one that restore gives. Default: none.",
  }),
  certificates: EtcdCertificates.prefault({}).meta({ description: "Secrets with certificates and keys." }),
  rollout: Rollout,
  resources: Resources.prefault({}),
  log: LogConfig.prefault({}),
  stopTimeout: StopTimeout.default("30s"),
  restart: RestartPolicy.default("no").meta({
    description:
      "Default no: only the agent starts etcd, after it looked at the data directory; Docker would start an emptied one too.",
  }),
  probe: Probe.prefault({ deadline: "120s" }),
});
export type EtcdMember = z.infer<typeof EtcdMember>;

export const LoadBalancer = z.strictObject({
  image: Image,
  bind: z.strictObject({ address: ServedAddress, port: Port }).meta({ description: "Where clients connect." }),
  ops: z
    .strictObject({ address: ServedAddress.default("127.0.0.1"), port: Port })
    .meta({ description: "Health and metrics endpoint." }),
  servers: z
    .record(Name, z.strictObject({ address: PeerAddress, port: Port }))
    .meta({ description: "API servers by name." }),
  checkPath: RequestPath.default("/readyz").meta({
    description: "Path that a healthy API server answers with 200. Default /readyz.",
  }),
  ca: SecretName.optional().meta({
    description: "CA to verify API servers by in health checks; without it they are not verified.",
  }),
  maxConnections: z
    .int()
    .min(10)
    .max(1_000_000)
    .default(8192)
    .meta({ description: "Connections at once; memory is set aside for them. Default 8192." }),
  uid: Id.default(65534),
  gid: Id.default(65534),
  entrypoint: Command.default(["haproxy"]).meta({ description: "Program in the image. Default haproxy." }),
  resources: Resources.prefault({}),
  log: LogConfig.prefault({}),
  stopTimeout: StopTimeout.default("10s"),
  restart: RestartPolicy.default("always"),
  probe: Probe.prefault({}),
});
export type LoadBalancer = z.infer<typeof LoadBalancer>;

/** A user with a group, by number. */
export const Owner = z.strictObject({ uid: Id, gid: Id });
export type Owner = z.infer<typeof Owner>;

export const HostConfig = z.strictObject({
  apiVersion: z.literal(apiVersion).meta({ description: "Version of this format." }),
  kind: z.literal("Host").meta({ description: "What the document is." }),
  cluster: Name,
  host: Name,
  generation: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "Rises when the content changes; an older one is refused." }),
  address: Address.optional().meta({
    description:
      "Address that one of this host's interfaces has; on a host that has it not, nothing is started. Default: not checked.",
  }),
  closedDirectories: z.boolean().default(false).meta({
    description:
      "Directories of components below /etc/kubernetes are root's alone (0700); containers see theirs by their mounts. Default false.",
  }),
  formerOwners: z.record(Name, z.array(Owner).min(1).max(16)).optional().meta({
    description:
      "Per component, such as etcd or kube-apiserver: users that it ran as before. Data and live directories that are theirs are given to the component's user between the stop of its old container and the start of the new one. Default: none.",
  }),
  privateFiles: z.boolean().optional().meta({
    description:
      "Configuration and kubeconfigs of Kubernetes' programs, and the network's configuration, can be read by their user alone (0600), not by all. Default false.",
  }),
  agent: AgentSettings.prefault({}).meta({ description: "How the agent runs." }),
  etcd: EtcdMember.optional().meta({ description: "The etcd member of this host. Default: none." }),
  apiLoadBalancers: z
    .record(Name, LoadBalancer)
    .default({})
    .meta({ description: "Pools by name; container api-load-balancer-<pool>." }),
  disruption: Disruption.optional().meta({
    description: "The lock by which one host at a time stops what must not be down on two. Default: none.",
  }),
  apiServersFirst: ApiServersFirst.optional().meta({
    description: "API servers that get a minor version before anything of this host that calls them. Default: none.",
  }),
  kubeApiserver: KubeApiserver.optional().meta({ description: "kube-apiserver. Default: none." }),
  kubeControllerManager: KubeControllerManager.optional().meta({
    description: "kube-controller-manager. Default: none.",
  }),
  kubeScheduler: KubeScheduler.optional().meta({ description: "kube-scheduler. Default: none." }),
  podNetwork: PodNetwork.optional().meta({ description: "Pod networking by bridge and routes. Default: none." }),
  kubelet: Kubelet.optional().meta({ description: "The kubelet. Default: none." }),
  kubeProxy: KubeProxy.optional().meta({ description: "kube-proxy. Default: none." }),
  node: NodeSettings.optional().meta({
    description: "What the agent keeps right at the Node object. Default: nothing.",
  }),
  clusterObjects: ClusterObjects.optional().meta({
    description: "Objects of the cluster, applied by one of the hosts that have them. Default: none.",
  }),
  containers: z
    .record(Name, ContainerConfig)
    .default({})
    .meta({ description: "Containers by name; the container has this name." }),
  secrets: z.record(SecretName, Content).default({}).meta({
    description: "All secret material and certificates, by name. The rest of the document may be shown to anybody.",
  }),
});
export type HostConfig = z.infer<typeof HostConfig>;
