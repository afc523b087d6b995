// The containers that make backups. Each has the directory of backups and nothing else of the host; none has a capability but the one
// that makes the directory.
import { hostMount } from "#agent/files/config-container.ts";
import { makeArgument } from "#agent/files/commit-arguments.ts";
import { bareSpec } from "#shared/state/bare-spec.ts";
import { temporaryNames } from "#shared/backup/backup-name.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import { keepArgument } from "./keep-order.ts";
import type { KeepOrder } from "./keep-order.ts";

/** Where the directory of backups is in them. */
export const backupsAt = "/backups";
const filesAt = "/flexkube";

const common = {
  user: "0:0",
  securityOptions: ["no-new-privileges", "label=disable"],
  usernsMode: "host",
} as const;

/** Writes a snapshot beside the backups. Its root takes keys before it starts, which Docker puts into no read-only one. */
export function snapshotSpec(rule: EtcdBackupRule, directory: string): ContainerSpec {
  return bareSpec({
    ...common,
    image: rule.image,
    entrypoint: [rule.etcdctl],
    args: [
      `--endpoints=${rule.clientUrl}`,
      `--cacert=${filesAt}/ca.crt`,
      `--cert=${filesAt}/client.crt`,
      `--key=${filesAt}/client.key`,
      "snapshot",
      "save",
      `${backupsAt}/${temporaryNames(rule).taking}`,
    ],
    env: { ETCDCTL_API: "3" },
    networkMode: "host",
    readOnlyRoot: false,
    mounts: [mountOf(directory)],
  });
}

export function snapshotFiles({ tls }: Pick<EtcdBackupRule, "tls">) {
  return { "ca.crt": tls.ca, "client.crt": tls.certificate, "client.key": tls.key };
}

export function drillSpec(rule: EtcdBackupRule, directory: string, backup: string): ContainerSpec {
  return bareSpec({
    ...common,
    image: rule.image,
    entrypoint: [rule.etcdutl],
    args: ["snapshot", "restore", `${backupsAt}/${backup}`, `--data-dir=${backupsAt}/${temporaryNames(rule).drill}`],
    mounts: [mountOf(directory)],
  });
}

export function keepSpec(selfImage: string, directory: string, order: KeepOrder): ContainerSpec {
  return bareSpec({
    ...common,
    image: selfImage,
    entrypoint: ["/flexkube-agent"],
    args: ["backups", keepArgument(order)],
    mounts: [mountOf(directory)],
  });
}

/** As a config container makes directories. */
export function directorySpec(selfImage: string, directory: string): ContainerSpec {
  return bareSpec({
    ...common,
    image: selfImage,
    entrypoint: ["/flexkube-agent"],
    args: ["commit", makeArgument({ path: directory, mode: 0o700, uid: 0, gid: 0 })],
    capAdd: ["DAC_OVERRIDE", "FOWNER"],
    mounts: [{ source: "/", target: hostMount, readOnly: false, propagation: "rslave" }],
  });
}

function mountOf(source: string): ContainerSpec["mounts"][number] {
  return { source, target: backupsAt, readOnly: false, propagation: "rprivate" };
}
