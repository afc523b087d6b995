// A Lease of ours in kube-system: read whole, and written only while it is as it was read. Whether its holder lives, and what its
// annotations mean, is for those who have it (applier-lease.ts, agent/disruption/lease-lock.ts).
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { numberAt, textAt } from "#shared/json-fields.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { leaseTime } from "./lease-sightings.ts";

const namespace = "kube-system";
const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

export function leasePath(name: string): string {
  return `${collection}/${name}`;
}

/** Undefined when there is none. Throws KUBERNETES_*. */
export async function readLease(client: KubernetesClient, name: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await client.request({ method: "GET", path: leasePath(name) }, signal);
  } catch (error) {
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) return undefined;
    throw error;
  }
}

export type LeaseWish = {
  readonly name: string;
  /** As it was read; undefined when there was none. */
  readonly found: unknown;
  /** "" lets go of it. */
  readonly holder: string;
  /** All that it shall have: others go. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly durationMs: number;
  readonly clock: Clock;
  /** Somebody takes it who did not have it. */
  readonly isTaken: boolean;
};

/** Throws KUBERNETES_CONFLICT when it is no longer as it was read, and KUBERNETES_* else. */
export async function writeLease(client: KubernetesClient, wish: LeaseWish, signal: AbortSignal): Promise<void> {
  const { name, found, holder, annotations, durationMs, clock, isTaken } = wish;
  const time = leaseTime(clock);
  const resourceVersion = textAt(found, "metadata", "resourceVersion");
  const body = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name,
      namespace,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(resourceVersion === "" ? {} : { resourceVersion }),
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: isTaken ? time : textAt(found, "spec", "acquireTime") || time,
      renewTime: time,
      leaseTransitions: (numberAt(found, "spec", "leaseTransitions") ?? 0) + (isTaken ? 1 : 0),
    },
  };
  const how =
    found === undefined
      ? ({ method: "POST", path: collection } as const)
      : ({ method: "PUT", path: leasePath(name) } as const);
  await client.request({ ...how, body }, signal);
}
