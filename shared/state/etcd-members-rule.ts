// How this host takes part in changes of etcd's members.
import type { Secret } from "#shared/secret.ts";

export type WishedMember = {
  /** With the incarnation: `h3`, and `h3.2` after its disk was lost once. */
  readonly name: string;
  readonly peerUrl: string;
};

export type MembersWish = {
  /** Counts changes of names, addresses and token: a host with an older one changes nothing. */
  readonly generation: number;
  /** Of these: the same number from two planners has two. */
  readonly digest: string;
  readonly members: readonly WishedMember[];
};

export type EtcdMembersRule = {
  readonly cluster: string;
  readonly host: string;
  /** Name of this host's member. */
  readonly self: string;
  /** The member's container. */
  readonly container: string;
  readonly wish: MembersWish;
  /** Of the cluster: a restored one has another. */
  readonly token: string;
  /** Client URLs of all wished members, this host's last: it may not be a member yet. */
  readonly endpoints: readonly string[];
  /** etcd's id of the cluster that began from a restore, which alone is ours. */
  readonly clusterId?: string | undefined;
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: Secret<string> };
};

/** By which others know the disruption lock of a change of members. */
export const membersComponent = "etcd-members";
