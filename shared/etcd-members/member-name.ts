// How etcd knows a member of the config: by its name, and from the second time on that one begins there by its incarnation too. So
// a member whose data is lost and the one that takes its place are two, whoever of them turns up later.
import { ownValue } from "#shared/own-value.ts";
import type { EtcdMember } from "#shared/schema/host-config.ts";

type Member = Pick<EtcdMember["members"][string], "incarnation">;

/** `h3`, and `h3.2` for the second one there. No host has a name with a dot. */
export function memberName(name: string, { incarnation }: Member = {}): string {
  return incarnation === undefined ? name : `${name}.${incarnation}`;
}

/** `h3` of `h3.2`. */
export function hostOfMember(member: string): string {
  return member.replace(/\..*$/s, "");
}

/** The name of this host's own member. */
export function ownMemberName({ name, members }: Pick<EtcdMember, "name" | "members">): string {
  return memberName(name, ownValue(members, name));
}

/** Where its data is: that of each incarnation is apart, so that none is ever begun with a former one's. */
export function memberDirectory({
  name,
  members,
  dataDirectory,
}: Pick<EtcdMember, "name" | "members" | "dataDirectory">): string {
  const own = ownMemberName({ name, members });
  return own === name ? dataDirectory : `${dataDirectory}/${own}`;
}
