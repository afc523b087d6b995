// What care of a member is done with: each is one call, and each may be the last one before the agent is killed.
import type { WorkLock } from "#agent/disruption/under-lock.ts";
import type { CareRecord, CareSeen } from "#shared/etcd-care/care-seen.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";

export type CareHost = {
  /** Throws ETCD_* when the own member does not answer. */
  readonly look: () => Promise<CareSeen>;
  /** Throws FILES_UNWRITABLE. */
  readonly keep: (record: CareRecord) => Promise<void>;
  /** Ends when the file is small, which may take minutes; with `from` after what was compacted has left it. Throws ETCD_*. */
  readonly defragment: (from: number | undefined) => Promise<void>;
  /** Forgets all revisions before this one; nothing happens where that was done. Throws ETCD_*. */
  readonly compact: (revision: number) => Promise<void>;
  /** NOSPACE of this member. Throws ETCD_*. */
  readonly disarm: (memberId: string) => Promise<void>;
  /** Undefined where the host config has none. */
  readonly lock: WorkLock | undefined;
};

export type HostForCare = (rule: EtcdCareRule, desired: DesiredState, signal: AbortSignal) => CareHost;
