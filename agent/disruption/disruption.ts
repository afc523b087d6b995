// What an agent may ask of other hosts before and while it stops what they stand in for.
import { gatherEtcdEvidence } from "#agent/etcd/evidence.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { etcdClusters } from "#agent/etcd/clusters.ts";
import { etcdVotes } from "#agent/etcd/votes.ts";
import type { VotesTold } from "#agent/etcd/votes.ts";
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import type { Sightings } from "#agent/kubernetes/lease-sightings.ts";
import type { Clock } from "#shared/clock.ts";
import type { ApiServerStorage } from "#shared/state/api-server-storage-rule.ts";
import type { ApiServersFirst, DesiredContainer, DisruptionRule, EtcdStartRule } from "#shared/state/desired.ts";
import type { Answering } from "#shared/reconcile/disruption/disruption-gate.ts";
import type { EtcdEvidence } from "#shared/state/observed.ts";
import { answeringPeers } from "./answering.ts";
import type { AnsweringOptions } from "./answering.ts";
import { apiServerVersions } from "./api-server-versions.ts";
import type { ApiServerVersions } from "./api-server-versions.ts";
import type { DisruptionLock } from "./disruption-lock.ts";
import { createEtcdLock } from "./etcd-lock.ts";
import { createLeaseLock } from "./lease-lock.ts";

export type Disruption = {
  readonly lockOf: (rule: DisruptionRule) => DisruptionLock;
  /** Which of the container's peers answer, for what is no etcd member; rejects only with the signal's reason. */
  readonly answering: (container: DesiredContainer, options: AnsweringOptions) => Promise<Answering>;
  /** What etcd's members say; rejects only with the signal's reason. */
  readonly etcdEvidence: (rule: EtcdStartRule, options: AnsweringOptions) => Promise<EtcdEvidence>;
  /** Minor version of each API server that answers; rejects only with the signal's reason. */
  readonly apiServerVersions: (rule: ApiServersFirst, options: AnsweringOptions) => Promise<ApiServerVersions>;
  /** Client URLs of etcd's learners; undefined when nobody tells. Rejects only with the signal's reason. */
  readonly etcdVotes: (rule: ApiServerStorage, options: AnsweringOptions) => Promise<VotesTold | undefined>;
  /** Client URL → id of the cluster of each member that answers and has a leader. Rejects only with the signal's reason. */
  readonly etcdClusters: (rule: ApiServerStorage, options: AnsweringOptions) => Promise<ReadonlyMap<string, string>>;
};

/** The real one. */
export function createDisruption(about: {
  readonly connect: ConnectKubernetes;
  readonly clock: Clock;
  readonly sightings: Sightings;
}): Disruption {
  return {
    lockOf: ({ store, ttlMs }) =>
      store.kind === "etcd"
        ? createEtcdLock(createEtcdGateway(store), { prefix: store.prefix, ttlMs })
        : createLeaseLock({ ...about, api: store.api, ttlMs }),
    answering: answeringPeers,
    etcdEvidence: gatherEtcdEvidence,
    apiServerVersions,
    etcdVotes,
    etcdClusters,
  };
}
