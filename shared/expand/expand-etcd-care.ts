// How a host's etcd member is cared for.
import { filesAt, liveFilesAt, peerTls, programBeside } from "./components/etcd.ts";
import { durationMs } from "#shared/duration.ts";
import { ownMemberName } from "#shared/etcd-members/member-name.ts";
import type { EtcdMember, HostConfig } from "#shared/schema/host-config.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { localAddress, socketAddress } from "./pieces/socket-address.ts";
import type { SecretStore } from "./pieces/secret-store.ts";

/** etcd's own, which it has for nought too. */
const defaultQuotaBytes = 2 * 2 ** 30;
/** Less than nought is none: what etcd's authors advise at most then counts. */
const unlimitedQuotaBytes = 8 * 2 ** 30;

/** The state with the rule, where the config asks for care. */
export function withEtcdCare(
  state: DesiredState,
  { cluster, host, etcd }: HostConfig,
  secrets: SecretStore,
): DesiredState {
  if (etcd?.care === undefined) return state;
  const certificates = `--cacert ${filesAt}/ca.crt --cert ${liveFilesAt}/peer.crt --key ${liveFilesAt}/peer.key`;
  const endpoint = `https://${socketAddress(localAddress("127.0.0.1"), etcd.clientPort)}`;
  return {
    ...state,
    etcdCare: {
      cluster,
      host,
      member: ownMemberName(etcd),
      container: `etcd-${etcd.name}`,
      hasPeers: Object.keys(etcd.members).length > 1,
      clientUrl: `https://${socketAddress(etcd.address, etcd.clientPort)}`,
      tls: peerTls(etcd, secrets),
      quotaBytes: quotaOf(etcd),
      everyMs: durationMs(etcd.care.every),
      compacts: etcd.care.compactWithoutSpace === true,
      etcdctl: `docker exec etcd-${etcd.name} ${programBeside(etcd.entrypoint, "etcdctl")} ${certificates} --endpoints ${endpoint}`,
    },
  };
}

/** The last word counts, as etcd reads it. */
function quotaOf({ quotaBackendBytes = 0, extraArgs }: EtcdMember): number {
  const said = extraArgs.flatMap((argument) => /^--?quota-backend-bytes=(-?[0-9]+)$/.exec(argument)?.[1] ?? []);
  const bytes = Number(said.at(-1) ?? quotaBackendBytes);
  return bytes === 0 ? defaultQuotaBytes : bytes < 0 ? unlimitedQuotaBytes : bytes;
}
