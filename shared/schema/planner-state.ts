// What the planner remembers between two splits, beside the keys in pki/: it holds a secret.
import * as z from "zod";
import { EtcdRestore } from "./words/etcd-restore.ts";
import { line, Duration, Name } from "./words/words.ts";
import { apiVersion } from "./host-config.ts";
import { Cidr } from "./kubernetes/kubernetes-words.ts";

/** What must stay as it was while a cluster with Kubernetes lives. */
export const KubernetesState = z.strictObject({
  network: z
    .strictObject({
      plugin: line(0, 63),
      podCidr: Cidr,
      serviceCidr: Cidr,
      nodeMask: z.int(),
      dnsDomain: line(0, 253),
    })
    .optional()
    .meta({ description: "The network of the last split; another one is refused." }),
  apiServers: z
    .strictObject({ oldest: z.int(), newest: z.int() })
    .optional()
    .meta({ description: "Minor versions of the API servers of the last split; the next one is at most one newer." }),
  podCidrs: z.record(Name, Cidr).default({}).meta({
    description: "Per host: the network of its pods. Hosts taken out keep theirs while nobody needs it.",
  }),
  encrypted: z.array(line(0, 512)).default([]).meta({
    description: "Resources that have ever been encrypted at rest; they stay readable.",
  }),
  keys: z.array(line(0, 512)).default([]).meta({
    description: "Keys that have been made; when one is lost, another must not take its place unasked.",
  }),
  nodeKeys: z.array(line(0, 1024)).default([]).meta({
    description: "Keys of labels, annotations and taints that agents have ever kept at nodes.",
  }),
  applier: z.enum(["bound", "own"]).optional().meta({
    description:
      "bound: a split has given out what binds flexkube:appliers. own: the operator has said that it is applied, and the applier is in that group alone. Unset: neither.",
  }),
  objects: z
    .strictObject({ generation: z.int().min(1), digest: line(0, 256) })
    .optional()
    .meta({ description: "Objects of the cluster: the generation given out last and the digest of what is applied." }),
});
export type KubernetesState = z.infer<typeof KubernetesState>;

/** etcd as the last split left it: what its members keep in their data, or others look for. */
export const EtcdState = z.strictObject({
  token: line(0, 256).meta({ description: "The token that the members have founded their cluster with." }),
  members: z
    .record(
      Name,
      z.strictObject({
        address: line(1, 256),
        peerPort: z.int(),
        clientPort: z.int(),
        dataDirectory: line(1, 4096),
        version: line(1, 64).optional(),
        incarnation: z.int().min(2).optional(),
      }),
    )
    .meta({ description: "Per member: where it is, and its version where that is known." }),
  generation: z.int().min(1).optional().meta({
    description: "Counts changes of the members' names, addresses and token, while members come and go by themselves.",
  }),
  incarnations: z.record(Name, z.int().min(1)).optional().meta({
    description: "Per host: the highest incarnation that a member there has had, those of hosts taken out included.",
  }),
  former: z
    .array(z.strictObject({ name: Name, address: line(1, 256), peerPort: z.int(), clientPort: z.int() }))
    .optional()
    .meta({
      description: "Places where members have been and are no longer: a restore asks whether nobody is there any more.",
    }),
});
export type EtcdState = z.infer<typeof EtcdState>;

/** A restore of etcd: it stands in the host configs from then on. */
export const RestoreState = z.strictObject({
  ...EtcdRestore.shape,
  at: line(1, 64).optional().meta({ description: "When it was typed. Unset: found in host configs." }),
});
export type RestoreState = z.infer<typeof RestoreState>;

export const PlannerState = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal("PlannerState"),
  cluster: Name,
  bootstrapped: z
    .boolean()
    .default(false)
    .meta({ description: "The operator has said that etcd is up; it is never founded again." }),
  users: z.enum(["separate", "nobody"]).optional().meta({
    description: "Whom the components run as since the last split. Unset: nobody, by a planner that knew no others.",
  }),
  hashKey: line(16, 1024).meta({ description: "Key of digests that cover secrets." }),
  owners: z
    .record(Name, z.record(line(1, 128), line(3, 63)))
    .optional()
    .meta({ description: "Per host and component: user and group, as uid:gid, of the last split." }),
  formerOwners: z
    .record(Name, z.record(line(1, 128), z.array(line(3, 63))))
    .optional()
    .meta({ description: "Per host and component: users and groups, as uid:gid, that it ran as before." }),
  marks: z
    .record(line(1, 256), z.array(line(1, 256)))
    .optional()
    .meta({
      description: "Per CA and key: digests of what the last split gave out; what issues or signs must be one of them.",
    }),
  leaves: z
    .strictObject({ validity: Duration, renewAfter: z.literal("half") })
    .optional()
    .meta({ description: "How long certificates live and when they are renewed; without it 8760h and two thirds." }),
  backups: z.literal("on").optional().meta({
    description: "etcd is backed up unless the cluster config says otherwise. Unset: only where it says so.",
  }),
  care: z.literal("on").optional().meta({
    description:
      "Members of etcd are cared for, and have a quota and compaction in so many words, unless the cluster config says otherwise.",
  }),
  membership: z.literal("on").optional().meta({
    description: "Members of etcd come and go by themselves unless the cluster config says otherwise.",
  }),
  sealed: z.literal("on").optional().meta({
    description: "Host configs are signed and sealed besides, since split --seal was said. Unset: they are not.",
  }),
  etcd: EtcdState.optional().meta({ description: "Of a cluster with etcd members." }),
  restores: z.array(RestoreState).optional().meta({
    description: "Restores of etcd from snapshots, the last one at the end; it is the one in force.",
  }),
  kubernetes: KubernetesState.optional().meta({ description: "Of a cluster with Kubernetes." }),
  hosts: z
    .record(Name, z.strictObject({ generation: z.int().min(1), digest: line(0, 256) }))
    .default({})
    .meta({
      description: "Per host: the generation given out last and the digest of its content. Hosts taken out stay.",
    }),
});
export type PlannerState = z.infer<typeof PlannerState>;
