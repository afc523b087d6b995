// A change of etcd's members in words.
import type { MembersCall, MembersSeen } from "#shared/etcd-members/members-seen.ts";

/** Such as `h4 was added as a learner`. */
export function changeText(call: MembersCall, { list = [], self }: MembersSeen): string {
  const nameOf = (wanted: string): string => list.find(({ id }) => id === wanted)?.name ?? wanted;
  switch (call.kind) {
    case "add":
      return `${self} was added as a learner`;
    case "promote":
      return `${nameOf(call.id)} votes`;
    case "update":
      return `${nameOf(call.id)} is at ${call.peerUrl}`;
    case "remove":
      return `${call.name} was taken out`;
    case "moveLeader":
      return `${nameOf(call.leader)} hands over to ${nameOf(call.to)}, before it leaves`;
  }
}
