// What another host has found out about a rollout: one that failed there is not tried here.
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { Verdict } from "#shared/state/ledger.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";

/**
 * The verdict of another host on this wish, while nothing of it has been begun here: the same rollout, and a container
 * that was made from another one.
 */
export function failedElsewhere(context: Context, wanted: DesiredContainer, slot: Slot): Verdict | undefined {
  const { observed, desired } = context;
  const lock = observed.disruption?.lock;
  if (lock === undefined || "unknown" in lock || !changesRollout(context, wanted)) return undefined;
  if (slot.old !== undefined || slot.current === undefined || slot.current.specHash === wanted.specHash)
    return undefined;
  const found = lock.failed.find(
    ({ host, component, rollout }) =>
      host !== desired.host && component === wanted.component && rollout === wanted.disruption?.rollout,
  );
  if (found === undefined) return undefined;
  return {
    digest: wanted.digest,
    config: desired.config,
    state: "rejected",
    reason: found.reason,
    host: found.host,
    at: found.at,
    tries: 1,
  };
}

/** False when only settings of this host have changed: what becomes of them says nothing about other hosts. */
export function changesRollout({ fallback }: Context, wanted: DesiredContainer): boolean {
  const rollout = wanted.disruption?.rollout;
  const before = fallback?.containers.find((container) => container.name === wanted.name)?.disruption?.rollout;
  return rollout !== undefined && rollout !== before;
}
