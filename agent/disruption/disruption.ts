// What an agent may ask of other hosts before and while it stops what they stand in for.
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import type { DesiredContainer, DisruptionRule } from "#shared/reconcile/desired.ts";
import { answeringPeers } from "./answering.ts";
import type { AnsweringOptions } from "./answering.ts";
import type { DisruptionLock } from "./disruption-lock.ts";
import { createEtcdLock } from "./etcd-lock.ts";

export type Disruption = {
  readonly lockOf: (rule: DisruptionRule) => DisruptionLock;
  /** Names of the container's peers that answer; rejects only with the signal's reason. */
  readonly answering: (container: DesiredContainer, options: AnsweringOptions) => Promise<readonly string[]>;
};

/** The real one. */
export const disruption: Disruption = {
  lockOf: (rule) => createEtcdLock(createEtcdGateway(rule.etcd), rule),
  answering: answeringPeers,
};
