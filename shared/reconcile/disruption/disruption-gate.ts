// Why a container that works may not be stopped now: the others of its kind do not all answer, or the lock cannot be had.
import { blockedFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer, DisruptionRule } from "#shared/state/desired.ts";
import { etcdStopReason } from "#shared/reconcile/etcd/etcd-stop.ts";
import { silenceOf } from "#shared/state/peer-refusal.ts";
import type { PeerRefusal } from "#shared/state/peer-refusal.ts";
import { workOf, workText } from "#shared/state/lock-work.ts";
import type { Blocked } from "#shared/state/step.ts";

type Wish = Pick<Context, "desired" | "fallback">;

/** Where the lock is. A host that loses its last role has it from the config before, for what is to be removed. */
export function disruptionRule({ desired, fallback }: Wish): DisruptionRule | undefined {
  return desired.disruption ?? fallback?.disruption;
}

/** True for what stops only with the lock: a host config says where that is, and other hosts run the same. */
export function isLockBound(wish: Wish, container: DesiredContainer): boolean {
  return disruptionRule(wish) !== undefined && container.disruption !== undefined;
}

/**
 * Whether it is one that others stand in for, with or without a lock. Each etcd member may be: a host config without
 * others says nothing of those that etcd counts.
 */
export function isShared({ disruption, etcd }: DesiredContainer): boolean {
  return disruption !== undefined || etcd !== undefined;
}

/** A reason not to stop it now. While the lock is out of reach, that is whoever of the others does not answer. */
export function stopBlocked(context: Context, container: DesiredContainer): Blocked | undefined {
  const [lock, peers] = [lockBlocked(context, container), peersBlocked(context, container)];
  const { disruption } = context.observed;
  return disruption !== undefined && "unknown" in disruption.lock ? (peers ?? lock) : (lock ?? peers);
}

function lockBlocked(context: Context, container: DesiredContainer): Blocked | undefined {
  if (!isLockBound(context, container)) return undefined;
  const { disruption } = context.observed;
  if (disruption === undefined)
    return blockedFor(container, "waiting", "the disruption lock has not been asked for yet");
  const { lock } = disruption;
  if ("unknown" in lock)
    return blockedFor(container, "waiting", `the disruption lock cannot be asked for: ${lock.unknown}`);
  const { holder } = lock;
  if (holder === undefined || isOwn(holder, context)) return undefined;
  return blockedFor(container, "waiting", workText(holder));
}

/** Held by a tick of this host; its work on etcd beside the ticks is not to be disturbed either. */
export function isOwn(
  holder: { readonly host: string; readonly component: string },
  { desired }: Pick<Context, "desired">,
): boolean {
  return holder.host === desired.host && workOf(holder) === "tick";
}

function peersBlocked({ observed, desired }: Context, container: DesiredContainer): Blocked | undefined {
  const { etcd, name } = container;
  const reason =
    etcd === undefined
      ? peersReason(container, {
          names: observed.disruption?.answering.get(name) ?? [],
          refusals: observed.disruption?.refusals?.get(name),
        })
      : etcdStopReason(etcd, observed.etcd.get(name), { leaves: leaves(desired, name) });
  return reason === undefined ? undefined : blockedFor(container, "waiting", reason);
}

/** Names of those who answer, and why TLS kept others from it. */
export type Answering = {
  readonly names: readonly string[];
  readonly refusals?: ReadonlyMap<string, PeerRefusal> | undefined;
};

/** Whether the container goes for good. */
export function leaves({ containers }: Pick<Context["desired"], "containers">, name: string): boolean {
  return !containers.some((container) => container.name === name);
}

/** Why it waits for others of its kind that do not answer; for what is no etcd member. */
export function peersReason({ disruption }: DesiredContainer, answering: Answering): string | undefined {
  const peers = (disruption?.peers ?? []).map(({ name }) => name);
  const missing = peers.filter((peer) => !answering.names.includes(peer));
  const isEnough = missing.length === 0 || (disruption?.anyPeer === true && missing.length < peers.length);
  if (isEnough) return undefined;
  const what =
    disruption?.anyPeer === true
      ? "it is removed only while another API server answers"
      : "it stops only while the API servers of all other hosts answer";
  return `${what}; ${silenceOf(missing, answering.refusals)}`;
}
