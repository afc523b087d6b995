// The disruption lock of one tick: taken, kept while the plan is executed, checked before a stop, freed. What a tick leaves
// unfinished keeps nothing running; the lease ends by itself unless the next tick takes it over.
import type { Log } from "#agent/log/round-log.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { DesiredContainer, DesiredState, DisruptionRule } from "#shared/state/desired.ts";
import { disruptionRule, leaves, peersReason } from "#shared/reconcile/disruption/disruption-gate.ts";
import { etcdStopReason } from "#shared/reconcile/etcd/etcd-stop.ts";
import type { Disruption } from "./disruption.ts";
import type { DisruptionLock, FreeRequest, Grant } from "./disruption-lock.ts";
import { peersDeadlineMs } from "./gather-disruption.ts";

/** What is going to stop. */
export type Taker = Pick<DesiredContainer, "component" | "name">;

export type HeldLock = {
  /** Throws STEP_WAITING when another host was faster or a peer does not answer; else what the lock's place throws. */
  readonly take: (container: Taker) => Promise<void>;
  /** Throws STEP_WAITING unless the lock is held for this container and will be for a while. */
  readonly check: (container: string) => Promise<void>;
  readonly free: (request: Omit<FreeRequest, "host">) => Promise<void>;
  /** Ends the renewals; the lock stays until its lease ends. */
  readonly close: () => Promise<void>;
};

export type HeldLockOptions = {
  readonly disruption: Disruption;
  readonly desired: DesiredState;
  /** The config before, which knows the lock when the desired one has no role left. */
  readonly fallback?: DesiredState | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly nonce: () => string;
  readonly signal: AbortSignal;
};

/** A grant with its renewals. */
type Held = {
  readonly grant: Grant;
  /** When the last renewal that succeeded was sent. */
  renewedAt: number;
  lost: boolean;
  readonly end: AbortController;
  readonly renewals: Promise<void>;
};

/** Undefined when no host config has the rule. */
export function createHeldLock(options: HeldLockOptions): HeldLock | undefined {
  const rule = disruptionRule(options);
  if (rule === undefined) return undefined;
  const lock = options.disruption.lockOf(rule);
  const { signal } = options;
  let held: Held | undefined;
  const close = async (): Promise<void> => {
    held?.end.abort();
    await held?.renewals;
    held = undefined;
  };
  return {
    take: async (container) => {
      if (held !== undefined && isAlive(held, rule, options.clock) && held.grant.record.container === container.name)
        return;
      await close();
      held = await take(container, { ...options, lock, rule });
    },
    check: async (container) => {
      if (held?.grant.record.container !== container) throw waiting("the disruption lock is not held");
      await check(held, { ...options, lock, rule });
    },
    free: async (request) => {
      await close();
      await lock.free({ ...request, host: options.desired.host }, { signal });
    },
    close,
  };
}

type Taking = HeldLockOptions & { readonly lock: DisruptionLock; readonly rule: DisruptionRule };

async function take(container: Taker, options: Taking): Promise<Held> {
  const { lock, desired, clock, nonce, signal } = options;
  const { component, name } = container;
  const at = clock.now();
  const record = { host: desired.host, component, container: name, since: wallTime(clock).epochMs, nonce: nonce() };
  const grant = await lock.take(record, { signal });
  if (grant === undefined) throw waiting("another host has taken the disruption lock");
  return hold(grant, at, options);
}

/** Before the stop others may have gone down since the plan was made. */
export async function requirePeers(
  container: DesiredContainer,
  { disruption, desired, signal }: Pick<HeldLockOptions, "disruption" | "desired" | "signal">,
): Promise<void> {
  const options = { signal, deadlineMs: peersDeadlineMs };
  const { etcd, name } = container;
  const reason =
    etcd === undefined
      ? peersReason(container, await disruption.answering(container, options))
      : etcdStopReason(etcd, await disruption.etcdEvidence(etcd, options), { leaves: leaves(desired, name) });
  if (reason !== undefined) throw waiting(reason);
}

function hold(grant: Grant, at: number, options: Taking): Held {
  const end = new AbortController();
  const state = { grant, renewedAt: at, lost: false, end, renewals: Promise.resolve() };
  state.renewals = renew(state, options);
  return state;
}

/** Renews three times in a lease until it is closed or lost; a renewal that gets no answer is tried again. */
async function renew(held: Omit<Held, "renewals">, { lock, rule, clock, log }: Taking): Promise<void> {
  const { signal } = held.end;
  while (!held.lost && !signal.aborted) {
    try {
      await clock.sleep(rule.ttlMs / 3, signal);
      const at = clock.now();
      if (await lock.keep(held.grant, { signal })) held.renewedAt = at;
      else held.lost = true;
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ err: error }, "the disruption lock was not renewed");
      held.lost = clock.now() - held.renewedAt >= rule.ttlMs;
    }
  }
}

function isAlive(held: Held, rule: DisruptionRule, clock: Clock): boolean {
  return !held.lost && clock.now() - held.renewedAt < rule.ttlMs;
}

/** Asked for anew, and quickly answered: a host that was frozen in between must not go on with an old answer. */
async function check(held: Held, { lock, rule, clock, signal }: Taking): Promise<void> {
  const at = clock.now();
  const isOurs = isAlive(held, rule, clock) && (await lock.holds(held.grant, { signal }));
  const tookMs = clock.now() - at;
  if (!isOurs || tookMs > rule.ttlMs / 3 || !isAlive(held, rule, clock)) throw waiting("the disruption lock was lost");
}

function waiting(reason: string): FlexkubeError {
  return new FlexkubeError("STEP_WAITING", "a step waits for other hosts", { reason });
}
