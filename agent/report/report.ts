// The report: what the newest tick found and did, as `status`, the health check and the metrics read it. No secrets.
// zod because the file may be another version's, or damaged.
import * as z from "zod";
import { Blocked, problems, Version } from "#shared/output/pieces.ts";
import { EtcdCareReport } from "./etcd-care-report.ts";
import { EtcdMembersReport } from "./etcd-members-report.ts";
import { EtcdBackupReport } from "./etcd-backup-report.ts";

const ReportedComponent = z.object({
  component: z.string().describe("Component that it belongs to"),
  container: z.string().describe("Name it was made for"),
  name: z.string().describe("Name it has now; `<container>.old` in the middle of a replacement"),
  state: z.string().describe("Docker's state, or `missing`"),
  healthy: z.boolean().describe("Whether its probe holds, and it is as it should be"),
  reason: z.string().optional().describe("Why it is not healthy, or not what it should be"),
  once: z
    .literal(true)
    .optional()
    .describe(
      "Set for one that runs to its end: it is healthy when it has ended with 0 and all that it makes is there",
    ),
  startedAt: z.string().optional().describe("When it was started last, RFC 3339"),
  endedAt: z.string().optional().describe("When it ended, RFC 3339; of one that runs to its end"),
  restarts: z
    .number()
    .nonnegative()
    .optional()
    .describe("How often it ended, or was started, without the agent since it was made; told from the first one on"),
  exitCode: z.number().optional().describe("Exit code of the last of these ends"),
  image: z.string().describe("Image that it runs"),
  spec: z.string().describe("First 12 digits of the spec hash"),
  certificatesEnd: z.string().optional().describe("When the first of its certificates ends, RFC 3339"),
});
export type ReportedComponent = Readonly<z.infer<typeof ReportedComponent>>;

/**
 * How a tick ended. settled: nothing differed; changed: all differences repaired; failed: a step or the observation
 * failed; config-invalid: the given config is not usable and the one in force stays; locked: another agent works;
 * stopped: after `reset`; working: it has not ended yet.
 */
export const tickResults = ["settled", "changed", "failed", "config-invalid", "locked", "stopped", "working"] as const;

const Source = z.object({
  file: z.string().describe("'-' is standard input; a URL where there is neither file nor standard input"),
  urls: z.array(z.string()).readonly().optional().describe("Web servers that are asked"),
  host: z.string().optional().describe("The host that the loop was told it is on"),
  allowOlder: z.boolean().optional().describe("Whether it takes a host config of a lower generation"),
});

/** What became of what one place has: nothing means no answer or no file, refused that what it has may not be in force. */
const SourceState = z.object({
  name: z.string().describe("The place: a file or a URL"),
  state: z
    .enum(["in-force", "older", "refused", "nothing"])
    .describe("What became of what it has; nothing: no answer or no file"),
  code: z.string().optional().describe("Code of why it is refused, where there is one"),
  reason: z.string().optional().describe("Why it is refused"),
});

const Underway = z.object({
  step: z.string().describe("The step, as a plan prints it"),
  since: z.string().describe("When it began, RFC 3339"),
  detail: z.string().optional().describe("How far it is"),
  done: z.number().optional().describe("How many steps of the plan are done"),
  before: z.enum(tickResults).optional().describe("How the tick before ended"),
});

const ReportedNode = z.object({
  name: z.string().describe("Name of the Node"),
  ready: z
    .string()
    .describe(
      "Status of the condition Ready: True, False, Unknown; or missing, or unreachable when the API does not tell",
    ),
  kubeletVersion: z.string().optional().describe("As the kubelet says it"),
});

const ReportedObjects = z.object({
  appliedBy: z
    .string()
    .optional()
    .describe("Host that applies the objects of the cluster; unset while nobody does, or the API does not tell"),
  manifests: z
    .number()
    .optional()
    .describe("How many of them are in force as they should be; told by the host that applies"),
  releases: z.number().optional().describe("The same of Helm charts"),
});

export const Report = z.object({
  version: Version,
  writtenAt: z.string().describe("When it was written, RFC 3339"),
  agentVersion: z.string().describe("Version of the agent"),
  cluster: z.string().optional().describe("Name of the cluster; unset before the first usable host config"),
  host: z.string().optional().describe("Name of the host"),
  generation: z.number().optional().describe("Generation of the host config in force"),
  configDigest: z.string().optional().describe("Hash of the host config in force"),
  tick: z.number().describe("Number of the tick, counted from the agent's start"),
  intervalMs: z.number().describe("Time to the next tick, milliseconds; the age of a report is judged by it"),
  durationMs: z.number().describe("How long the tick took, milliseconds"),
  result: z
    .enum(tickResults)
    .describe(
      "How the tick ended: settled, nothing differed; changed, all differences are repaired; failed; config-invalid, the given config is not usable; locked, another agent works; stopped, after a reset; working, it has not ended",
    ),
  underway: Underway.optional().describe("What a tick that has not ended is doing"),
  failingForMs: z.number().optional().describe("For how long ticks had failed, one after another, when it was written"),
  boot: z
    .object({
      id: z.string().describe("ID of the boot, as the kernel tells it"),
      uptimeMs: z.number().describe("Time since the boot, milliseconds"),
    })
    .optional()
    .describe("Which boot of the host it is of, and how long after it; clocks that are set change nothing about that"),
  source: Source.optional().describe("Where the loop reads its host config"),
  sources: z
    .array(SourceState)
    .readonly()
    .optional()
    .describe("Each place of host configs, where there are more than a file"),
  stoppedSince: z.string().optional().describe("When it was reset, RFC 3339: since then the host stays empty"),
  stale: z.string().optional().describe("Why what it says may no longer hold; only `status` sets it"),
  stepCount: z.number().default(0).describe("How many steps the last plan had"),
  pending: z
    .object({
      count: z.number().describe("How many there are"),
      first: z.array(z.string()).readonly().describe("The first twenty, each as a plan prints it"),
    })
    .optional()
    .describe("Steps of the last plan that are not done"),
  problems: problems("Why the given host config is not in force"),
  blocked: z.array(Blocked).readonly().describe("Components that are held, and why"),
  components: z
    .array(ReportedComponent)
    .readonly()
    .describe("Containers of the host config in force, and what else of ours is there"),
  certificatesEnd: z
    .string()
    .optional()
    .describe("When the first certificate of the host config ends; status warns before"),
  renewalDue: z.string().optional().describe("When the first of them is due to be made anew by a split"),
  warnings: z.array(z.string()).readonly().describe("What a person should know, a line each"),
  node: ReportedNode.optional().describe("The Node object of this host, when the config has one"),
  clusterObjects: ReportedObjects.optional().describe("The objects of the cluster, when the config has any"),
  etcdBackup: EtcdBackupReport.optional().describe("Backups of this host's etcd member, when the config has any"),
  etcdCare: EtcdCareReport.optional().describe("Care of this host's etcd member"),
  etcdMembers: EtcdMembersReport.optional().describe("Members of etcd as this host sees them"),
  configText: z
    .string()
    .optional()
    .describe(
      "Which text the host config in force has, whatever a version makes of it; with `trust` and `proof` set by `status --json` only",
    ),
  trust: z
    .array(z.string())
    .readonly()
    .optional()
    .describe("SHA-256 of each CA certificate that the host config has, hex digits, sorted"),
  acknowledgements: z
    .record(z.string(), z.string())
    .readonly()
    .optional()
    .describe(
      "What each host has said in etcd of its host config, host by host, as it stands there; set by `status --json` where the host config says so and etcd answers",
    ),
  proof: z.string().optional().describe("What shows the planner that this is this host's report, and unchanged"),
  error: z
    .object({
      code: z.string().describe("One of the codes of errors"),
      message: z.string().describe("What went wrong"),
      details: z.string().describe("More about it, as JSON"),
    })
    .optional()
    .describe("What ended a failed tick; `code` is one of our error codes"),
});
export type Report = Readonly<z.infer<typeof Report>>;
