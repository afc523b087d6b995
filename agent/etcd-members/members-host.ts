// What changes of etcd's members are made with: each is one call, and each may be the last one before the agent is killed.
import type { WorkLock } from "#agent/disruption/under-lock.ts";
import type { MembersCall, MembersSeen } from "#shared/etcd-members/members-seen.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";

export type MembersHost = {
  /** Without a quorum it has no list, and `silence` says why. Throws ETCD_REFUSED for what etcd should not answer. */
  readonly look: () => Promise<MembersSeen & { readonly silence?: string | undefined }>;
  /** In etcd: by which wish its members are changed from now on. Throws STEP_WAITING when another host was faster, ETCD_*. */
  readonly remember: () => Promise<void>;
  /** Of what the last look has seen. Throws ETCD_*; after ETCD_UNREACHABLE it may have been done. */
  readonly change: (call: MembersCall) => Promise<void>;
  /** Undefined where the host config has none. */
  readonly lock: WorkLock | undefined;
};

/** What looks must remember of those before. */
export type MembersMemory = {
  /** Who has told etcd's list last. */
  told: string | undefined;
  /** Learners that had what the leader has. */
  inSync: ReadonlySet<string>;
  /** Since when members have not been well, by the clock. */
  silentSince: ReadonlyMap<string, number>;
  /** Since when all members have been well, by the clock. */
  wellSince: number | undefined;
};

export type HostForMembers = (
  rule: EtcdMembersRule,
  about: {
    readonly desired: DesiredState;
    /** Why this host could not start its member if etcd added it now. */
    readonly obstacle: string | undefined;
    readonly memory: MembersMemory;
    /** Epoch milliseconds of the newest verified backup here. */
    readonly backedUpAt: number | undefined;
    readonly signal: AbortSignal;
  },
) => MembersHost;
