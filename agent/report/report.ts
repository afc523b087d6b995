// The report: what the newest tick found and did, as `status`, the health check and the metrics read it. No secrets.
// zod because the file may be another version's, or damaged.
import * as z from "zod";
import { EtcdCareReport } from "./etcd-care-report.ts";
import { EtcdMembersReport } from "./etcd-members-report.ts";
import { EtcdBackupReport } from "./etcd-backup-report.ts";

const Problem = z.object({
  path: z.string(),
  problem: z.string(),
  hint: z.string().optional(),
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
});

const Blocked = z.object({
  component: z.string(),
  container: z.string(),
  code: z.string(),
  reason: z.string(),
  details: z.array(z.string()).readonly().optional(),
});

const ReportedComponent = z.object({
  component: z.string(),
  /** Name it was made for. */
  container: z.string(),
  /** Name it has now; `<container>.old` in the middle of a replacement. */
  name: z.string(),
  /** Docker's state, or `missing`. */
  state: z.string(),
  healthy: z.boolean(),
  /** Why it is not healthy, or not what it should be. */
  reason: z.string().optional(),
  /** Set for one that runs to its end: it is healthy when it has ended with 0 and all that it makes is there. */
  once: z.literal(true).optional(),
  /** RFC 3339. */
  startedAt: z.string().optional(),
  /** RFC 3339; of one that runs to its end. */
  endedAt: z.string().optional(),
  image: z.string(),
  /** First 12 digits of the spec hash. */
  spec: z.string(),
  /** Earliest end among its certificates, RFC 3339. */
  certificatesExpire: z.string().optional(),
});
export type ReportedComponent = Readonly<z.infer<typeof ReportedComponent>>;

/**
 * How a tick ended. settled: nothing differed; changed: all differences repaired; failed: a step or the observation
 * failed; config-invalid: the given config is not usable and the one in force stays; locked: another agent works;
 * stopped: after `reset`; working: it has not ended yet.
 */
export const tickResults = ["settled", "changed", "failed", "config-invalid", "locked", "stopped", "working"] as const;

const Source = z.object({
  /** "-" is standard input. */
  file: z.string(),
  /** The host that the loop was told it is on. */
  host: z.string().optional(),
  allowOlder: z.boolean().optional(),
});

const Underway = z.object({
  /** The step, as a plan prints it. */
  step: z.string(),
  /** RFC 3339. */
  since: z.string(),
  /** How far it is. */
  detail: z.string().optional(),
  /** How many steps of the plan are done. */
  done: z.number().optional(),
  /** Of the tick before. */
  before: z.enum(tickResults).optional(),
});

const ReportedNode = z.object({
  name: z.string(),
  /** Status of the condition Ready: True, False, Unknown; or missing, or unreachable when the API does not tell. */
  ready: z.string(),
  kubeletVersion: z.string().optional(),
});

const ReportedObjects = z.object({
  /** Host that applies the objects of the cluster; unset while nobody does, or the API does not tell. */
  appliedBy: z.string().optional(),
  /** How many of them are in force as they should be; told by the host that applies. */
  manifests: z.number().optional(),
  releases: z.number().optional(),
});

export const Report = z.object({
  version: z.literal(1),
  /** RFC 3339. */
  writtenAt: z.string(),
  agentVersion: z.string(),
  /** Of the config in force; unset before the first usable one. */
  cluster: z.string().optional(),
  host: z.string().optional(),
  generation: z.number().optional(),
  /** Hash of the host config in force. */
  configDigest: z.string().optional(),
  /** Counted from the agent's start. */
  tick: z.number(),
  /** Time to the next tick, milliseconds; the age of a report is judged by it. */
  intervalMs: z.number(),
  durationMs: z.number(),
  result: z.enum(tickResults),
  /** What a tick that has not ended is doing. */
  underway: Underway.optional(),
  /** For how long ticks had failed, one after another, when it was written. */
  failingForMs: z.number().optional(),
  /** Which boot of the host it is of, and how long after it; clocks that are set change nothing about that. */
  boot: z.object({ id: z.string(), uptimeMs: z.number() }).optional(),
  /** Where the loop reads its host config. */
  source: Source.optional(),
  /** RFC 3339; since a `reset` the host stays empty. */
  stoppedSince: z.string().optional(),
  /** Why what it says may no longer hold; only `status` sets it. */
  stale: z.string().optional(),
  /** Steps of the last plan. */
  steps: z.number(),
  problems: z.array(Problem).readonly(),
  blocked: z.array(Blocked).readonly(),
  components: z.array(ReportedComponent).readonly(),
  /** When the first certificate of the host config ends; status warns before. */
  certificatesEnd: z.string().optional(),
  /** When the first of them is due to be made anew by a split. */
  renewalDue: z.string().optional(),
  warnings: z.array(z.string()).readonly(),
  /** The Node object of this host, when the config has one. */
  node: ReportedNode.optional(),
  /** The objects of the cluster, when the config has any. */
  clusterObjects: ReportedObjects.optional(),
  /** Backups of this host's etcd member, when the config has any. */
  etcdBackup: EtcdBackupReport.optional(),
  etcdCare: EtcdCareReport.optional(),
  etcdMembers: EtcdMembersReport.optional(),
  /** What ended a failed tick; `code` is one of our error codes. */
  error: z.object({ code: z.string(), message: z.string(), details: z.string() }).optional(),
});
export type Report = Readonly<z.infer<typeof Report>>;
