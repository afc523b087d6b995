// The disruption lock in the host config: one host at a time stops what the others of its kind stand in for.
import * as z from "zod";
import { durationBetween, Name, PeerAddress, Port, SecretName } from "#shared/schema/words/words.ts";
import { durationMs } from "#shared/duration.ts";
import { ApiAccess } from "./kubernetes-words.ts";

/** Shorter than this, a lease ends while a busy etcd still answers. */
const shortestTtlMs = 5000;

export const DisruptionEtcd = z.strictObject({
  endpoints: z
    .record(Name, z.strictObject({ address: PeerAddress, port: Port.default(2379) }))
    .refine((endpoints) => Object.keys(endpoints).length > 0, "at least one member")
    .meta({ description: "All etcd members by name; this host's own is asked only when there is no other." }),
  ca: SecretName.default("etcd/ca.crt").meta({ description: "Secret with etcd's CA. Default etcd/ca.crt." }),
  certificate: SecretName.default("etcd/peer.crt").meta({
    description: "Secret with a client certificate. Default etcd/peer.crt.",
  }),
  key: SecretName.default("etcd/peer.key").meta({
    description: "Secret with the client certificate's key. Default etcd/peer.key.",
  }),
  acknowledge: z.literal(true).optional().meta({
    description:
      "The agent says in etcd, at /flexkube/<cluster>/delivered/<host>, which host config is in force. Default: it does not.",
  }),
});
export type DisruptionEtcd = z.infer<typeof DisruptionEtcd>;

/** Without this section an etcd member asks only its peers, and nothing else waits for other hosts. */
export const Disruption = z
  .strictObject({
    etcd: DisruptionEtcd.optional().meta({ description: "The lock is a key in etcd." }),
    lease: ApiAccess.optional().meta({
      description: "The lock is the Lease kube-system/flexkube-disruption, for an etcd that is not the cluster's own.",
    }),
    ttl: durationBetween("5s", "1h")
      .default("30s")
      .refine((ttl) => durationMs(ttl) >= shortestTtlMs, "at least 5s")
      .meta({ description: "How long the lock outlives a holder that died. At least 5s. Default 30s." }),
    apiServers: z
      .record(Name, z.strictObject({ address: PeerAddress, port: Port.default(6443) }))
      .default({})
      .meta({ description: "API servers of all hosts by host; those of others must answer. Default none." }),
    apiCa: SecretName.default("kubernetes/ca.crt").meta({
      description: "Secret with the CA of the API servers. Default kubernetes/ca.crt.",
    }),
  })
  .refine((disruption) => (disruption.etcd === undefined) !== (disruption.lease === undefined), {
    error: "exactly one of etcd and lease",
  });
export type Disruption = z.infer<typeof Disruption>;
