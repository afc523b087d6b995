// The right to apply the objects of the cluster, which one host has.
import type { Log } from "#agent/log/round-log.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ApplierLease } from "./applier-lease.ts";

/** Asks for it, or for more time. An API that does not answer is for the next look to tell. */
export async function campaign(
  { applierLease, log }: { readonly applierLease: Pick<ApplierLease, "campaign">; readonly log: Log },
  { clusterObjects, host }: DesiredState,
  signal: AbortSignal,
): Promise<void> {
  if (clusterObjects === undefined) return;
  try {
    await applierLease.campaign(clusterObjects.api, { host, generation: clusterObjects.generation }, signal);
  } catch (error) {
    if (!isFlexkubeError(error) || !error.code.startsWith("KUBERNETES_")) throw error;
    log.debug({ err: error, details: error.details }, "no campaign for the lease of the applier");
  }
}
