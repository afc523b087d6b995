// How backups of a host's etcd member are made.
import { membersOf, peerTls, programBeside } from "./components/etcd.ts";
import { offsetOf } from "#shared/backup/backup-due.ts";
import { durationMs } from "#shared/duration.ts";
import { ownMemberName } from "#shared/etcd-members/member-name.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { socketAddress } from "./pieces/socket-address.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { SecretStore } from "./pieces/secret-store.ts";

/** The state with the rule, where the config asks for backups. */
export function withEtcdBackup(state: DesiredState, config: HostConfig, secrets: SecretStore): DesiredState {
  const rule = ruleOf(config, secrets);
  return rule === undefined ? state : { ...state, etcdBackup: rule };
}

function ruleOf({ cluster, host, generation, etcd }: HostConfig, secrets: SecretStore): EtcdBackupRule | undefined {
  const backup = etcd?.backup;
  if (etcd === undefined || backup === undefined) return undefined;
  const members = membersOf(etcd).map(({ name }) => name);
  const everyMs = durationMs(backup.every);
  return {
    cluster,
    host,
    // the one that began anew goes on with what the one before it has made
    member: etcd.name,
    members,
    token: etcd.token,
    generation,
    image: etcd.image,
    etcdctl: programBeside(etcd.entrypoint, "etcdctl"),
    etcdutl: programBeside(etcd.entrypoint, "etcdutl"),
    clientUrl: `https://${socketAddress(etcd.address, etcd.clientPort)}`,
    tls: peerTls(etcd, secrets),
    everyMs,
    offsetMs: offsetOf(ownMemberName(etcd), members, everyMs),
    keep: backup.keep,
    directory: backup.directory,
  };
}
