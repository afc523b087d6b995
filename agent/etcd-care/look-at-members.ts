// What etcd's members say of their data, each at its own client port.
import { numberIn } from "#agent/etcd/answer-fields.ts";
import { alarmsOf, askMember, listedIn } from "#agent/etcd/ask-members.ts";
import type { CallAt, Listed } from "#agent/etcd/ask-members.ts";
import type { CaredMember, EtcdAlarm } from "#shared/etcd-care/care-seen.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";

type Place = Pick<EtcdCareRule, "clientUrl">;

export type MembersSeen = {
  readonly members: readonly CaredMember[];
  readonly alarms: readonly EtcdAlarm[];
};

/** One call for the list, and two at each member. Throws ETCD_* when the own member does not answer; others may be silent. */
export async function lookAtMembers({ clientUrl }: Place, callAt: CallAt): Promise<MembersSeen> {
  const own = callAt(clientUrl);
  const listed = listedIn(await own("cluster/member/list", {}));
  const members = await Promise.all(listed.map(async (member) => lookAt(member, callAt)));
  const wells = members.map(({ well }) => well);
  return { members, alarms: await alarmsOf(own, wells) };
}

async function lookAt(listed: Listed, callAt: CallAt) {
  const { id, name, isLearner } = listed;
  const read = (status: unknown) => ({
    sizeBytes: numberIn(status, "dbSize"),
    inUseBytes: numberIn(status, "dbSizeInUse"),
  });
  return { id, name, isLearner, well: await askMember(listed, callAt, { reads: true, read }) };
}
