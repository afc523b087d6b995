// The cluster config: what an operator writes about all hosts; the planner splits it into host configs.
import * as z from "zod";
import { HostSelection, HostWords, InputPath, overridesOf } from "./words/cluster-words.ts";
import { AbsolutePath, Content, durationBetween, Image, line, Name, PeerAddress, SecretName } from "./words/words.ts";
import { ContainerConfig } from "./words/container.ts";
import { notRecipient } from "./types/age-recipient.ts";
import { notCertificates } from "./types/pem-text.ts";
import { domain, repeatedIn } from "./types/domain.ts";
import type { Fault } from "./types/domain.ts";
import { AgentSettings, apiVersion, EtcdMember, LoadBalancer, Registry } from "./host-config.ts";
import { EtcdBackup, EtcdCare } from "./words/etcd-upkeep.ts";
import { kubernetesSections } from "./kubernetes/cluster-sections.ts";
import { layerShape } from "./words/layer.ts";
import { ruled } from "./ruled.ts";
import { notOwnDirectory } from "./types/host-directory.ts";

const Version = domain(
  "version",
  z.string().regex(/^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$/, "a version in full, such as 3.6.16"),
).meta({ description: "etcd's version in full, such as 3.6.16. Default: the tag of the image." });

const etcdFields = {
  ...layerShape(EtcdMember, [
    "name",
    "address",
    "members",
    "bootstrap",
    "corruptionCheck",
    "certificates",
    "token",
    "rollout",
    "backup",
    "care",
    "defragmentAtStart",
    "restore",
    "membership",
  ]),
  backup: z
    .strictObject({
      enabled: z.boolean().optional().meta({
        description:
          "Whether members are backed up. Default: yes in clusters that were founded since there are backups, and where another field of this section is said.",
      }),
      ...layerShape(EtcdBackup, []),
    })
    .optional()
    .meta({ description: "Backups, which each member's host makes of its own member." }),
  care: z
    .strictObject({
      enabled: z.boolean().optional().meta({
        description:
          "Whether members are defragmented by need and an alarm NOSPACE is disarmed when its cause is gone. Default: yes in clusters that were founded since there is care, and where another field of this section is said.",
      }),
      ...layerShape(EtcdCare, []),
    })
    .optional()
    .meta({ description: "Care of members, each by its own host." }),
  version: Version.optional(),
};
const EtcdFields = z.strictObject(etcdFields);

export const EtcdSection = z.strictObject({
  hosts: HostSelection,
  membership: z
    .strictObject({
      enabled: z.boolean().meta({
        description:
          "Whether hosts bring etcd's own list of members to what `hosts` says. Default: yes in clusters that were founded since they can; in older ones once it is said here.",
      }),
    })
    .optional()
    .meta({ description: "How members come and go." }),
  token: line(1, 255).optional().meta({
    description:
      "initial-cluster-token: from it and the peer URLs etcd makes the ids of a new cluster and its first members, so two clusters whose members could ever reach each other need two. What has data keeps its ids whatever it says; leave it as it is while the cluster lives. After a restore the restore's own is used. Default: the cluster's name.",
  }),
  ...etcdFields,
  overrides: overridesOf(EtcdFields),
});
export type EtcdSection = z.infer<typeof EtcdSection>;

const loadBalancerFields = {
  ...layerShape(LoadBalancer, ["ca"]),
  ca: domain("CA or name of a secret", z.string().min(1).max(1_048_576), notAuthority).optional().meta({
    description:
      "CA to verify API servers by in health checks: PEM text, or the name of a secret. Default: not verified.",
  }),
};
const LoadBalancerFields = z.strictObject(loadBalancerFields);

export const LoadBalancerPool = z.strictObject({
  hosts: HostSelection.optional().meta({
    description:
      "Where it runs. Required but for the pool `kubernetes`, which is on all hosts of the control plane and of kubelets, and on these.",
  }),
  ...loadBalancerFields,
  overrides: overridesOf(LoadBalancerFields),
});
export type LoadBalancerPool = z.infer<typeof LoadBalancerPool>;

const containerFields = layerShape(ContainerConfig, []);
const ContainerFields = z.strictObject(containerFields);

export const ContainerGroup = z.strictObject({
  hosts: HostSelection,
  ...containerFields,
  overrides: overridesOf(ContainerFields),
});
export type ContainerGroup = z.infer<typeof ContainerGroup>;

export const SecretSource = z
  .strictObject({
    content: Content.optional().meta({ description: "The secret as text, at most 1 MiB." }),
    file: InputPath.optional().meta({ description: "File that holds it, relative to this document." }),
  })
  .refine(
    (source) => (source.content === undefined) !== (source.file === undefined),
    "exactly one of content and file",
  );
export type SecretSource = z.infer<typeof SecretSource>;

const OwnFile = InputPath.meta({
  description: "PEM file, relative to this document; `{host}` stands for the host's name.",
});

/** Certificates of the user's own, one set for every member; the planner then makes none for etcd. */
export const OwnEtcdPki = z.strictObject({
  ca: InputPath.meta({ description: "PEM file with the CA certificate, relative to this document." }),
  serverCertificate: OwnFile,
  serverKey: OwnFile,
  peerCertificate: OwnFile,
  peerKey: OwnFile,
});
export type OwnEtcdPki = z.infer<typeof OwnEtcdPki>;

/** Certificates of the user's own for the API servers as clients of etcd. */
export const OwnEtcdClientPki = z.strictObject({
  ca: InputPath.meta({ description: "PEM file with the CA of etcd's servers, relative to this document." }),
  certificate: OwnFile,
  key: OwnFile,
});
export type OwnEtcdClientPki = z.infer<typeof OwnEtcdClientPki>;

export const PkiSettings = z.strictObject({
  directory: domain("directory of keys", InputPath, notOwnDirectory).default("pki").meta({
    description: "Where keys and certificates are kept, relative to this document. Default pki.",
  }),
  organization: line(1, 64)
    .optional()
    .meta({ description: "Organization in the certificates' subjects. Default: none." }),
  validity: durationBetween("1m", "876000h").optional().meta({
    description:
      "Life of a certificate. Default 17520h, renewed after half of it; 8760h and two thirds in clusters that were founded before that.",
  }),
  caValidity: durationBetween("1m", "876000h").default("87600h").meta({ description: "Life of a CA. Default 87600h." }),
  etcd: OwnEtcdPki.optional().meta({
    description: "Certificates of your own for etcd. Default: the planner makes them.",
  }),
  etcdClient: OwnEtcdClientPki.optional().meta({
    description:
      "Certificates of your own by which the API servers reach etcd; needed with controlPlane.etcdServers and with pki.etcd. Default: the planner makes them.",
  }),
});
export type PkiSettings = z.infer<typeof PkiSettings>;

export const ImageSettings = z.strictObject({
  directory: AbsolutePath.optional().meta({
    description: "Host directory of image archives (docker save), looked at before a registry.",
  }),
  registries: domain("registries", z.array(Registry), repeatedIn("server"))
    .default([])
    .meta({ description: "Credentials of registries; a password is the name of a secret." }),
  lock: InputPath.optional().meta({
    description:
      "Lock file, relative to this document, with the digest of each image: hosts get name:tag@digest, so that a tag that is moved later brings them nothing else. flexkube-planner split --pin makes it. Default: tags are taken as they are.",
  }),
  etcd: Image.optional().meta({ description: "Image of etcd where its section names none." }),
  haproxy: Image.optional().meta({ description: "Image of load balancers where their pool names none." }),
});
export type ImageSettings = z.infer<typeof ImageSettings>;

/** Ids that a block of users takes. */
const userBlock = 16;
/** Docker refuses larger ids. */
const largestId = 2_147_483_647;

export const UserSettings = z.strictObject({
  assign: z.enum(["separate", "nobody"]).optional().meta({
    description:
      "separate: each component has a user of its own; nobody: all are 65534, as whatever else is nobody on a host. Default separate; a cluster that began with nobody stays so until this says separate. Data and keys follow to another user, one host at a time.",
  }),
  first: z
    .int()
    .min(65536)
    .max(largestId - userBlock)
    .default(2_100_000_000)
    .meta({
      description:
        "First of a block of 16 user and group ids that nothing else on the hosts has. Default 2100000000, beyond what distributions, systemd, user namespaces and directory services hand out.",
    }),
});
export type UserSettings = z.infer<typeof UserSettings>;

export const ClusterHost = z.strictObject({
  address: PeerAddress.meta({ description: "Address other hosts reach it by." }),
  ownAddress: z
    .union([PeerAddress, z.literal("any")], { error: 'an IPv4 or IPv6 address, or "any"' })
    .optional()
    .meta({
      description:
        "Address that its own interfaces have, where `address` is that of a NAT or a floating one; `any` is not checked. An agent on a machine without it starts nothing. Default: address.",
    }),
  recipient: domain(
    "recipient of age",
    z
      .string()
      .max(4096)
      .regex(/^age1[a-z0-9]+$/, "age1…, as flexkube-agent identity prints it"),
    notRecipient,
  )
    .optional()
    .meta({
      description:
        "What its sealed configs are sealed to, of a key that was made there (flexkube-agent identity). Default: the planner makes the key.",
    }),
});
export type ClusterHost = z.infer<typeof ClusterHost>;

export const ClusterConfig = ruled(
  z.strictObject({
    apiVersion: z.literal(apiVersion).meta({ description: "Version of this format." }),
    kind: z.literal("Cluster").meta({ description: "What the document is." }),
    name: Name.meta({ description: "Name of the cluster; in labels and certificates." }),
    hosts: z.record(Name, ClusterHost).meta({ description: "All hosts by name." }),
    hostGroups: z.record(Name, HostWords).default({}).meta({ description: "Names for lists of hosts." }),
    images: ImageSettings.prefault({}).meta({ description: "Where images come from." }),
    pki: PkiSettings.prefault({}).meta({ description: "Keys and certificates." }),
    hardening: z.enum(["standard", "cis"]).default("standard").meta({
      description:
        "cis: what the CIS Kubernetes Benchmark asks for beyond the defaults, and settings that fail its automated checks are refused. Default standard.",
    }),
    users: UserSettings.prefault({}).meta({ description: "Users that our components run as." }),
    agent: z
      .strictObject(layerShape(AgentSettings, ["imageDirectory", "registries", "delivery"]))
      .prefault({})
      .meta({ description: "How the agents run." }),
    etcd: EtcdSection.optional().meta({ description: "etcd, one member on each of its hosts." }),
    apiLoadBalancers: z
      .record(Name, LoadBalancerPool)
      .default({})
      .meta({ description: "Load balancers for API servers, pools by name." }),
    ...kubernetesSections,
    containers: z
      .record(Name, ContainerGroup)
      .default({})
      .meta({ description: "Any other container, one of each group on each of its hosts." }),
    secrets: z
      .record(SecretName, SecretSource)
      .default({})
      .meta({ description: "Secrets for files, registries and CAs; a host gets those it refers to." }),
  }),
);
export type ClusterConfig = z.infer<typeof ClusterConfig>;

function notAuthority(text: string): Fault | undefined {
  if (!text.includes("-----"))
    return SecretName.safeParse(text).success
      ? undefined
      : { problem: "it is neither a PEM certificate nor the name of a secret" };
  return notCertificates(text);
}
