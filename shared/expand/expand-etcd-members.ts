// How a host takes part in changes of etcd's members.
import { etcdContainerName } from "#shared/components/etcd.ts";
import { canonical, contentDigest } from "#shared/canonical.ts";
import { ownMemberName } from "#shared/etcd-members/member-name.ts";
import type { EtcdMember, HostConfig } from "#shared/schema/host-config.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { MembersWish } from "#shared/state/etcd-members-rule.ts";
import { membersOf, peerTls } from "./components/etcd.ts";
import type { SecretStore } from "./pieces/secret-store.ts";

/** The state with the rule, where members come and go by themselves. */
export function withEtcdMembers(
  state: DesiredState,
  { cluster, host, etcd }: HostConfig,
  secrets: SecretStore,
): DesiredState {
  if (etcd?.membership === undefined) return state;
  const self = ownMemberName(etcd);
  const members = membersOf(etcd);
  // this host may not be a member yet
  const othersFirst = [...members.filter(({ name }) => name !== self), ...members.filter(({ name }) => name === self)];
  return {
    ...state,
    etcdMembers: {
      cluster,
      host,
      self,
      container: etcdContainerName(etcd.name),
      token: etcd.token,
      wish: wishOf(etcd, etcd.membership.generation),
      ...(etcd.restore === undefined ? {} : { clusterId: etcd.restore.clusterId }),
      endpoints: othersFirst.map(({ clientUrl }) => clientUrl),
      tls: peerTls(etcd, secrets),
    },
  };
}

function wishOf(etcd: EtcdMember, generation: number): MembersWish {
  const members = membersOf(etcd).map(({ name, peerUrl }) => ({ name, peerUrl }));
  return { generation, digest: contentDigest(canonical({ token: etcd.token, members })), members };
}
