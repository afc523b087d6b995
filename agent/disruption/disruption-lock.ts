// The disruption lock as a port: a record that outlives a dead holder only by its lease, and what failed beside it.
import { workOf } from "#shared/state/lock-work.ts";
import type { DisruptionSeen, FailedRollout } from "#shared/state/observed.ts";

export type LockRecord = {
  readonly host: string;
  readonly component: string;
  readonly container: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Of this take alone, so that a call without an answer can be told from somebody else's. */
  readonly nonce: string;
};

/** A lock that was taken. */
export type Grant = {
  readonly record: LockRecord;
  /** What only this take has written; another one is another token. */
  readonly token: string;
  /** Lease that keeps it. */
  readonly lease: string;
};

export type FreeRequest = {
  readonly host: string;
  readonly component: string;
  readonly container: string;
  /** Remembered beside the lock, instead of an older one of the same rollout. */
  readonly failed?: FailedRollout | undefined;
  /** A rollout of the component that works: it has not failed any more. */
  readonly worked?: string | undefined;
};

export type LockCall = { readonly signal?: AbortSignal | undefined };

/** Each call ends within a few seconds; it rejects when the place of the lock does not answer, or with the signal's reason. */
export type DisruptionLock = {
  readonly read: (options: LockCall) => Promise<DisruptionSeen>;
  /** Undefined: another host holds it. What this host held before, as another process, is taken over. */
  readonly take: (record: LockRecord, options: LockCall) => Promise<Grant | undefined>;
  /** Renews the lease; false when it has ended. */
  readonly keep: (grant: Grant, options: LockCall) => Promise<boolean>;
  /** Whether the lock is this very grant's now. */
  readonly holds: (grant: Grant, options: LockCall) => Promise<boolean>;
  /** Frees what this host holds for this container, if it does, and remembers in the same step what is to be remembered. */
  readonly free: (request: FreeRequest, options: LockCall) => Promise<void>;
};

/**
 * Whether a record stands in the way of a take. What this host held before, as another process, is taken over; but ticks, care
 * of etcd and changes of its members go on beside each other, and none takes what another holds.
 */
export function standsAgainst(found: LockRecord, wanted: LockRecord): boolean {
  return found.host !== wanted.host || workOf(found) !== workOf(wanted);
}

/** Whether it is what the request frees: this host's, of this container, and for the same work. */
export function isOf(found: LockRecord | undefined, request: FreeRequest): boolean {
  return found?.host === request.host && found.container === request.container && workOf(found) === workOf(request);
}

/** More failures are forgotten, the oldest first. */
const failuresKept = 20;

/** What is remembered after `request`; the same list when nothing changes. */
export function rememberedAfter(failed: readonly FailedRollout[], request: FreeRequest): readonly FailedRollout[] {
  const { component, failed: added, worked } = request;
  const gone = added?.rollout ?? worked;
  const others = failed.filter((item) => item.component !== component || item.rollout !== gone);
  if (added === undefined && others.length === failed.length) return failed;
  return [...others, ...(added === undefined ? [] : [added])].slice(-failuresKept);
}
