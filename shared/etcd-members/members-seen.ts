// What changes of etcd's members are decided by: the wish of the cluster config, and what etcd says now.

import type { MembersWish } from "#shared/state/etcd-members-rule.ts";

export type ListedMember = {
  /** Decimal, as etcd's gateway has it. */
  readonly id: string;
  /** Empty for one that has never started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** None before it has started. */
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
  readonly isLeader: boolean;
  /** It is of this cluster and says that it is healthy; another host's also answers where etcd lists it. */
  readonly isWell: boolean;
  /** It has not been well for some time, at several looks: more than a start, a pause or a full queue. */
  readonly isGone: boolean;
  /** Of a learner: it has had what the leader has at two looks in a row. */
  readonly isInSync: boolean;
};

export type MembersSeen = {
  /** Name of this host's member. */
  readonly self: string;
  readonly wish: MembersWish;
  /** Why this host could not start its member if etcd added it now; undefined where it could. */
  readonly obstacle: string | undefined;
  /** As a quorum tells it; undefined without one. */
  readonly list: readonly ListedMember[] | undefined;
  /** Of the cluster that told the list, hexadecimal. */
  readonly clusterId?: string | undefined;
  /** Where etcd keeps that. */
  readonly key: string;
  /** By which members were changed last, as etcd itself keeps it. */
  readonly known: Pick<MembersWish, "generation" | "digest"> | undefined;
  /** Names of members whose data differs from that of others (alarm CORRUPT). */
  readonly corrupt: readonly string[];
  /** All have been well for a minute, and a verified backup is not older than an hour: what the step from two to one member needs. */
  readonly isSafeForTwo: boolean;
};

/** One call each; its repetition does no harm. */
export type MembersDecision =
  | { readonly kind: "nothing" }
  | { readonly kind: "wait"; readonly reason: string }
  /** The host config is not the newest, or two have the same number: nobody but the operator can mend it. */
  | { readonly kind: "refuse"; readonly reason: string }
  | { readonly kind: "add"; readonly peerUrl: string }
  | { readonly kind: "promote"; readonly id: string }
  | { readonly kind: "update"; readonly id: string; readonly peerUrl: string }
  /** To be asked of the leader, before it is removed. */
  | { readonly kind: "moveLeader"; readonly leader: string; readonly to: string }
  | { readonly kind: "remove"; readonly id: string; readonly name: string };

/** Those of which something is called. */
export type MembersCall = Exclude<MembersDecision, { readonly kind: "nothing" | "wait" | "refuse" }>;
