// What care of an etcd member is decided by: what etcd says now, what its host has kept, and who holds the lock.

export type CaredMember = {
  /** Decimal, as etcd's gateway has it. */
  readonly id: string;
  /** Empty for one that has never started. */
  readonly name: string;
  readonly isLearner: boolean;
  /** What it says of itself; undefined while it does not say it, or does not answer a read that needs the quorum. */
  readonly well: { readonly sizeBytes: number; readonly inUseBytes: number; readonly isLeader: boolean } | undefined;
};

/** The member of an alarm that etcd gives to none. */
export const nobodysId = "0";

export type EtcdAlarm = {
  /** `nobodysId` where etcd cannot tell whose it is. */
  readonly memberId: string;
  /** NOSPACE, CORRUPT, or what newer versions have. */
  readonly alarm: string;
};

/** What the host keeps: without it a member may be defragmented, and its alarm disarmed, once more than it would be. */
export type CareRecord = {
  /** Epoch milliseconds. */
  readonly defragmentedAt?: number | undefined;
  /** `oldestRevision` when the member was last defragmented without space. */
  readonly defragmentedFrom?: number | undefined;
  /** Written before etcd is asked; `done` once the alarm was seen to be off. */
  readonly disarm?: { readonly at: number; readonly done: boolean } | undefined;
};

export type CareSeen = {
  readonly self: string;
  readonly host: string;
  /** All that etcd lists. */
  readonly members: readonly CaredMember[];
  readonly alarms: readonly EtcdAlarm[];
  readonly quotaBytes: number;
  /**
   * The oldest revision that can still be read, which every compaction raises; 1 when there never was one. Undefined while no member lacks
   * space, since nothing rests on it then.
   */
  readonly oldestRevision: number | undefined;
  /** The revision of now; undefined as the oldest one is. */
  readonly newestRevision: number | undefined;
  /** Whether its host compacts, since nobody else does without space. */
  readonly compacts: boolean;
  /** Undefined where no other host has a member. */
  readonly lock:
    | { readonly holder?: { readonly host: string; readonly component: string } | undefined }
    | { readonly unknown: string }
    | undefined;
  /** A backup of this member, or its drill, is under way. */
  readonly isBackedUpNow: boolean;
  readonly record: CareRecord;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly everyMs: number;
};

export type CareDecision =
  | { readonly kind: "nothing" }
  | { readonly kind: "wait"; readonly reason: string }
  /** A person has to do something. */
  | { readonly kind: "tell"; readonly reason: string; readonly command?: "disarm" | undefined }
  /**
   * `locked`: only under the disruption lock. Without space etcd does not take the lock's key, and the order of members stands for it.
   * `from`: the oldest revision; what was compacted must have left the member's data before.
   */
  | { readonly kind: "defragment"; readonly locked: boolean; readonly from?: number | undefined }
  /** All before the revision are forgotten, on all members. */
  | { readonly kind: "compact"; readonly revision: number }
  | { readonly kind: "disarm"; readonly memberId: string };
