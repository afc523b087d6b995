// How a host takes part in changes of etcd's members.
import { etcdContainerName } from "#shared/components/etcd.ts";
import { canonical, contentDigest } from "#shared/canonical.ts";
import { memberName, ownMemberName } from "#shared/etcd-members/member-name.ts";
import type { EtcdMember, HostConfig } from "#shared/schema/host-config.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { MembersWish } from "#shared/state/etcd-members-rule.ts";
import { socketAddress } from "./pieces/socket-address.ts";
import type { SecretStore } from "./pieces/secret-store.ts";
import { sortedEntries } from "./pieces/sorted-record.ts";

/** The state with the rule, where members come and go by themselves. */
export function withEtcdMembers(
  state: DesiredState,
  { cluster, host, etcd }: HostConfig,
  secrets: SecretStore,
): DesiredState {
  if (etcd?.membership === undefined) return state;
  const { ca, peerCertificate, peerKey } = etcd.certificates;
  const self = ownMemberName(etcd);
  const others = sortedEntries(etcd.members).filter(([name]) => name !== etcd.name);
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
      endpoints: [...others.map(([, member]) => member), etcd].map(clientUrlOf),
      tls: {
        ca: secrets.get(ca).reveal(),
        certificate: secrets.get(peerCertificate).reveal(),
        key: secrets.get(peerKey),
      },
    },
  };
}

function wishOf({ members, token }: EtcdMember, generation: number): MembersWish {
  const wished = sortedEntries(members).map(([name, member]) => ({
    name: memberName(name, member),
    peerUrl: `https://${socketAddress(member.address, member.peerPort)}`,
  }));
  return { generation, digest: contentDigest(canonical({ token, members: wished })), members: wished };
}

function clientUrlOf({ address, clientPort }: Pick<EtcdMember, "address" | "clientPort">): string {
  return `https://${socketAddress(address, clientPort)}`;
}
