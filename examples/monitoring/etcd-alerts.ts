// Alerts about etcd. What all hosts see alike is told once a cluster, not once a host.
import type { Alert } from "./alert.ts";
import { on, scraped } from "./alert.ts";

const hour = 3600;
const backupAt = "flexkube_etcd_backup_timestamp_seconds";
const demo = { cluster: "demo" } as const;

function member(host: string, name: string, role: string): string {
  return `flexkube_etcd_member_well${on(host, `member="${name}",role="${role}"`)}`;
}

export const etcdAlerts: readonly Alert[] = [
  {
    name: "FlexkubeEtcdNoLeader",
    expr: "max by (cluster) (flexkube_etcd_has_leader) == 0",
    for: "2m",
    severity: "critical",
    summary: "No host sees a leader of etcd: nothing can be written.",
    action: "[Recovery](../recovery/README.md): which members are there, and whether they are a majority.",
    at: "10m",
    fires: { [`flexkube_etcd_has_leader${on("h1")}`]: "1 0x20", [`flexkube_etcd_has_leader${on("h2")}`]: "0x20" },
    labels: [demo],
    silent: { [`flexkube_etcd_has_leader${on("h1")}`]: "0x20", [`flexkube_etcd_has_leader${on("h2")}`]: "1x20" },
  },
  {
    name: "FlexkubeEtcdMemberIll",
    expr: `max by (cluster, member) (flexkube_etcd_member_well{role!="learner"}) == 0`,
    for: "5m",
    severity: "warning",
    summary: "A member of etcd that votes does not answer any host as it should.",
    action: "`flexkube-agent status` on its host; one that is lost for good: [recovery](../recovery/README.md).",
    at: "10m",
    fires: {
      [member("h1", "h3", "voter")]: "0x20",
      [member("h2", "h3", "voter")]: "0x20",
      [member("h1", "h1", "leader")]: "1x20",
    },
    labels: [{ ...demo, member: "h3" }],
    silent: { [member("h1", "h3", "voter")]: "0x20", [member("h2", "h3", "voter")]: "1x20" },
  },
  {
    name: "FlexkubeEtcdLearner",
    expr: `max by (cluster, member) (flexkube_etcd_member_well{role="learner"}) >= 0`,
    for: "10m",
    severity: "warning",
    summary: "A new member of etcd has learned for ten minutes and does not vote.",
    action: "`flexkube-agent status` on its host: it needs its host config, and time where there is much data.",
    at: "15m",
    fires: { [member("h1", "h4", "learner")]: "0x30" },
    labels: [{ ...demo, member: "h4" }],
    silent: { [member("h1", "h4", "learner")]: "0x5 _x30", [member("h1", "h4", "voter")]: "_x6 1x30" },
  },
  {
    name: "FlexkubeEtcdTwoClusters",
    expr: "count by (cluster) (count by (cluster, cluster_id) (flexkube_etcd_cluster_info)) > 1",
    for: "5m",
    severity: "critical",
    summary: "Hosts of one cluster are answered by two clusters of etcd.",
    action:
      "After a restore a host has not begun from the snapshot yet; else stop, and read [recovery](../recovery/README.md) first.",
    at: "10m",
    fires: {
      [`flexkube_etcd_cluster_info${on("h1", 'cluster_id="4d"')}`]: "1x20",
      [`flexkube_etcd_cluster_info${on("h2", 'cluster_id="58"')}`]: "1x20",
    },
    labels: [demo],
    silent: {
      [`flexkube_etcd_cluster_info${on("h1", 'cluster_id="4d"')}`]: "1x20",
      [`flexkube_etcd_cluster_info${on("h2", 'cluster_id="4d"')}`]: "1x20",
      [`flexkube_etcd_cluster_info{cluster="other",instance="x1",job="flexkube-agent",cluster_id="58"}`]: "1x20",
    },
  },
  {
    name: "FlexkubeEtcdMembersDiffer",
    expr: "max by (cluster) (flexkube_etcd_members_generation) - min by (cluster) (flexkube_etcd_members_generation) > 0",
    for: "1h",
    severity: "warning",
    summary: "For an hour, hosts have had host configs with different lists of etcd members.",
    action:
      "Deliver the newest host configs everywhere: `flexkube_config_generation` of each host is in the first line of its file.",
    at: "90m",
    fires: {
      [`flexkube_etcd_members_generation${on("h1")}`]: "2x120",
      [`flexkube_etcd_members_generation${on("h2")}`]: "1x120",
    },
    labels: [demo],
    silent: {
      [`flexkube_etcd_members_generation${on("h1")}`]: "1x20 2x120",
      [`flexkube_etcd_members_generation${on("h2")}`]: "1x60 2x120",
    },
  },
  {
    name: "FlexkubeEtcdNearQuota",
    expr: "flexkube_etcd_db_size_bytes / flexkube_etcd_db_quota_bytes > 0.8",
    for: "10m",
    severity: "warning",
    summary: "A member's data takes more than four fifths of what etcd stops writing at.",
    action:
      "When little of it is in use the agent defragments by itself; else find what is written so much, or raise `etcd.quotaBackendBytes`.",
    at: "20m",
    fires: {
      [`flexkube_etcd_db_size_bytes${on("h1")}`]: "81x30",
      [`flexkube_etcd_db_quota_bytes${on("h1")}`]: "100x30",
    },
    labels: [scraped("h1")],
    silent: {
      [`flexkube_etcd_db_size_bytes${on("h1")}`]: "80x30",
      [`flexkube_etcd_db_quota_bytes${on("h1")}`]: "100x30",
    },
  },
  {
    name: "FlexkubeEtcdAlarm",
    expr: "max by (cluster, member, alarm) (flexkube_etcd_alarm) == 1",
    for: "1m",
    severity: "critical",
    summary: "A member of etcd has an alarm: it has no space, or its data differs from that of the others.",
    action:
      "`flexkube-agent status` says what is needed. NOSPACE ends by itself when its cause is gone, CORRUPT never.",
    at: "10m",
    fires: { [`flexkube_etcd_alarm${on("h1", 'member="h1",alarm="NOSPACE"')}`]: "1x20" },
    labels: [{ ...demo, member: "h1", alarm: "NOSPACE" }],
    silent: { [`flexkube_etcd_alarm${on("h1", 'member="h1",alarm="NOSPACE"')}`]: "1 _x20" },
  },
  {
    name: "FlexkubeEtcdBackupOld",
    expr: `${backupAt} > 0 and time() - ${backupAt} > 26 * ${hour}`,
    for: "10m",
    severity: "warning",
    summary: "The newest good backup of etcd on a host is older than 26 hours.",
    action: "`flexkube-agent status` says why none is made. With `etcd.backup.every` above 12h raise the 26.",
    at: "30h",
    fires: { [`${backupAt}${on("h1")}`]: "60x1900" },
    labels: [scraped("h1")],
    silent: { [`${backupAt}${on("h1")}`]: "60x600 36000x1300", [`${backupAt}${on("h2")}`]: "0x1900" },
  },
  {
    name: "FlexkubeEtcdBackupMissing",
    expr: `${backupAt} == 0`,
    for: "26h",
    severity: "warning",
    summary: "A host that shall back up etcd has had no good backup for 26 hours.",
    action: "`flexkube-agent backup list` on the host, and its `status`.",
    at: "30h",
    fires: { [`${backupAt}${on("h1")}`]: "0x1900" },
    labels: [scraped("h1")],
    silent: { [`${backupAt}${on("h1")}`]: "0x600 36000x1300" },
  },
  {
    name: "FlexkubeEtcdBackupFailed",
    expr: "increase(flexkube_etcd_backup_failures_total[6h]) > 0",
    for: "0m",
    severity: "warning",
    summary: "A backup of etcd was not made, or was found damaged, in the last six hours.",
    action: "`flexkube-agent status` says why; the disk is most often full.",
    at: "2h",
    fires: { [`flexkube_etcd_backup_failures_total${on("h1")}`]: "0x60 1x90" },
    labels: [scraped("h1")],
    silent: { [`flexkube_etcd_backup_failures_total${on("h1")}`]: "1x150" },
  },
  {
    name: "FlexkubeEtcdRestoreFailed",
    expr: `sum by (cluster, instance, job) (increase(flexkube_steps_total{kind=~"restoreData|swapData",result="failed"}[30m])) > 0`,
    for: "0m",
    severity: "critical",
    summary: "A host failed to begin from the snapshot of a restore; it tries again.",
    action: "`flexkube-agent status` has the error: the snapshot, room on the disk, or etcdutl's own words.",
    at: "20m",
    fires: { [`flexkube_steps_total${on("h1", 'kind="restoreData",result="failed"')}`]: "0x10 1x20" },
    labels: [scraped("h1")],
    silent: {
      [`flexkube_steps_total${on("h1", 'kind="restoreData",result="ok"')}`]: "0x10 1x20",
      [`flexkube_steps_total${on("h1", 'kind="createContainer",result="failed"')}`]: "0x10 1x20",
    },
  },
];
