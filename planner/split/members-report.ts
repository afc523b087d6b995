// What a split asks of hosts that bring etcd's own list of members to what the config says: each change, as etcd will name it.
import { memberName } from "#shared/etcd-members/member-name.ts";
import { ownValue } from "#shared/own-value.ts";
import type { EtcdState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { membersChange } from "#planner/cluster/etcd-members.ts";

/** A host, and the name of its member in etcd. */
type Named = { readonly host: string; readonly as: string };

export type MembersReport = {
  readonly generation: number;
  readonly joins: readonly Named[];
  readonly leaves: readonly Named[];
  readonly replaced: readonly Named[];
  readonly moves: readonly { readonly host: string; readonly to: string }[];
};

/** Undefined where nothing changes, or nobody would tell etcd. `before`: etcd as the last split left it. */
export function membersReport(
  { members, membership }: Cluster,
  before: EtcdState | undefined,
): MembersReport | undefined {
  const { generation, isOn } = membership;
  if (!isOn || generation === undefined || before === undefined) return undefined;
  const { joining, leaving, replaced, moving } = membersChange(before, members);
  if ([...joining, ...leaving, ...replaced, ...moving].length === 0) return undefined;
  const named = (host: string): Named => ({ host, as: memberName(host, ownValue(members, host)) });
  return {
    generation,
    joins: joining.map(named),
    leaves: leaving.map((host) => ({ host, as: memberName(host, ownValue(before.members, host)) })),
    replaced: replaced.map(named),
    moves: moving.map((host) => ({ host, to: placeOf(host, members, before) })),
  };
}

/** The address, with the port only where that is another one. */
function placeOf(host: string, members: Cluster["members"], before: EtcdState): string {
  const { address = "", peerPort } = members[host] ?? {};
  if (peerPort === before.members[host]?.peerPort) return address;
  return `${address.includes(":") ? `[${address}]` : address}:${peerPort}`;
}
