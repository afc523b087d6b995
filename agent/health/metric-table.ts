// Every metric of the agent, once: what /metrics prints is made of this table, and alert rules and dashboards are held against it.

/** `labels` beside those that the scrape itself adds. */
export type MetricRow<Type extends "counter" | "gauge" | "histogram" = "counter" | "gauge" | "histogram"> = {
  readonly name: `flexkube_${string}`;
  readonly type: Type;
  /** A sentence. Times are Unix times in seconds. */
  readonly help: string;
  readonly labels: readonly string[];
};

const container = ["component", "container"] as const;

/** Of the agent and its ticks. */
const ofAgent = {
  build: {
    name: "flexkube_agent_build_info",
    type: "gauge",
    help: "1, labelled with the agent's version.",
    labels: ["version"],
  },
  ticks: {
    name: "flexkube_agent_ticks_total",
    type: "counter",
    help: "Ticks by how they ended: settled, changed, failed, config-invalid, locked or stopped.",
    labels: ["result"],
  },
  duration: {
    name: "flexkube_agent_tick_duration_seconds",
    type: "histogram",
    help: "How long ticks took.",
    labels: [],
  },
  lastTick: {
    name: "flexkube_agent_last_tick_timestamp_seconds",
    type: "gauge",
    help: "When the newest report was written.",
    labels: [],
  },
  steps: {
    name: "flexkube_steps_total",
    type: "counter",
    help: "Steps by kind, and whether they were ok or failed.",
    labels: ["kind", "result"],
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

/** Of the host config in force. */
const ofConfig = {
  generation: {
    name: "flexkube_config_generation",
    type: "gauge",
    help: "Generation of the host config in force, 0 without any; each host counts its own.",
    labels: [],
  },
  refused: {
    name: "flexkube_config_refused",
    type: "gauge",
    help: "1 while a host config that was delivered is not taken, so that the one before stays in force.",
    labels: [],
  },
  configExpiry: {
    name: "flexkube_config_certificates_expiry_seconds",
    type: "gauge",
    help: "When the first certificate of the host config ends, 0 without any.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

/** Of what runs. */
const ofContainers = {
  healthy: {
    name: "flexkube_component_healthy",
    type: "gauge",
    help: "1 while the container's probe holds.",
    labels: container,
  },
  restarts: {
    name: "flexkube_container_restarts_total",
    type: "counter",
    help: "How often a container ended, or was started, without the agent since it was made.",
    labels: container,
  },
  expiry: {
    name: "flexkube_certificate_expiry_seconds",
    type: "gauge",
    help: "When the first certificate of a container ends.",
    labels: container,
  },
  blocked: {
    name: "flexkube_blocked",
    type: "gauge",
    help: "Things that wait for a person or for another host.",
    labels: [],
  },
  blockedBy: {
    name: "flexkube_blocked_by_code",
    type: "gauge",
    help: "The same by why: rejected is a change that did not work and was taken back. Only codes that are there.",
    labels: ["code"],
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

/** Of the own etcd member; where there is none, or nobody looks after it, these stay away. */
const ofEtcd = {
  backupAt: {
    name: "flexkube_etcd_backup_timestamp_seconds",
    type: "gauge",
    help: "When the newest good backup of etcd on this host was taken, 0 without any.",
    labels: [],
  },
  backupBytes: {
    name: "flexkube_etcd_backup_bytes",
    type: "gauge",
    help: "Size of the newest good backup of etcd on this host.",
    labels: [],
  },
  backupFailures: {
    name: "flexkube_etcd_backup_failures_total",
    type: "counter",
    help: "Backups of etcd that were not made, or found damaged, since the agent's start.",
    labels: [],
  },
  dataBytes: {
    name: "flexkube_etcd_db_size_bytes",
    type: "gauge",
    help: "Size of the own etcd member's data file.",
    labels: [],
  },
  dataInUse: {
    name: "flexkube_etcd_db_in_use_bytes",
    type: "gauge",
    help: "What of it is in use; the rest is freed by a defragmentation.",
    labels: [],
  },
  dataQuota: {
    name: "flexkube_etcd_db_quota_bytes",
    type: "gauge",
    help: "Size at which the own etcd member stops writing.",
    labels: [],
  },
  defragmentedAt: {
    name: "flexkube_etcd_defragmentation_timestamp_seconds",
    type: "gauge",
    help: "When the agent defragmented the own member last, 0 if never.",
    labels: [],
  },
  alarm: {
    name: "flexkube_etcd_alarm",
    type: "gauge",
    help: "1 for each alarm of an etcd member.",
    labels: ["member", "alarm"],
  },
  hasLeader: {
    name: "flexkube_etcd_has_leader",
    type: "gauge",
    help: "1 while one of the members that this host sees leads, 0 while none does or nobody tells.",
    labels: [],
  },
  memberWell: {
    name: "flexkube_etcd_member_well",
    type: "gauge",
    help: "1 for a member that answers as it should, seen from this host; role is leader, voter or learner.",
    labels: ["member", "role"],
  },
  cluster: {
    name: "flexkube_etcd_cluster_info",
    type: "gauge",
    help: "1, labelled with the id of the etcd cluster that answers this host; two ids among hosts are two clusters.",
    labels: ["cluster_id"],
  },
  wishGeneration: {
    name: "flexkube_etcd_members_generation",
    type: "gauge",
    help: "Generation of the list of etcd members in the host config; one number for all hosts of a cluster.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

export const metricTable = { ...ofAgent, ...ofConfig, ...ofContainers, ...ofEtcd } as const;
