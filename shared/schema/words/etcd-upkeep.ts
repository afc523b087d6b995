// What a host does for its etcd member beside running it.
import * as z from "zod";
import { domain } from "#shared/schema/types/domain.ts";
import { DataDirectory, durationBetween } from "./words.ts";

/** Backups of the member, made by the host itself. */
export const EtcdBackup = z.strictObject({
  every: durationBetween("10s", "8784h").default("12h").meta({
    description: "Time between two backups; each member has a turn of its own within it. Default 12h.",
  }),
  keep: z.int().min(1).max(1000).default(6).meta({
    description: "How many are kept; none goes before a newer one was read to its end. Default 6.",
  }),
  directory: DataDirectory.default("/var/lib/flexkube-backup").meta({
    description:
      "Host directory of the backups, which nobody but root may change; `reset --data` leaves it. Default /var/lib/flexkube-backup.",
  }),
});
export type EtcdBackup = z.infer<typeof EtcdBackup>;

/** Care of the member by its own host. */
export const EtcdCare = z.strictObject({
  every: durationBetween("1m", "8784h").default("24h").meta({
    description: "A member is defragmented by need, and at most once in this time. Default 24h.",
  }),
  compactWithoutSpace: z.boolean().optional().meta({
    description:
      "Whether, while etcd takes no writes (alarm NOSPACE), all revisions but the newest are compacted as often as something was deleted. The planner says true where Kubernetes writes: its API servers, which compact otherwise, write for that. Default false.",
  }),
});

/** How etcd forgets old revisions by itself. */
export const EtcdCompaction = z.strictObject({
  mode: z.enum(["periodic", "revision"]).meta({
    description: "periodic: what is older than the retention; revision: all but so many revisions.",
  }),
  retention: domain(
    "retention",
    z
      .string()
      .regex(/^([1-9][0-9]{0,8}|([1-9][0-9]{0,5}[smh])+)$/, "a duration such as 1h, or revisions such as 10000"),
  ).meta({ description: "With periodic a duration such as 1h, with revision a count such as 10000." }),
});

/** etcd shrinks its file at a start. */
export const EtcdDefragmentAtStart = z.strictObject({
  megabytes: z.int().min(1).max(1_000_000).meta({ description: "When it has so many free." }),
  flag: z
    .enum(["experimental", "plain"])
    .meta({ description: "How etcd spells it: experimental (3.5), plain (3.6 and newer)." }),
});

/** Members that come and go by themselves. */
export const EtcdMembership = z.strictObject({
  generation: z.int().min(1).meta({
    description:
      "Counts changes of the members and of their addresses: a host with a lower one than etcd knows changes no members.",
  }),
});
export type EtcdMembership = z.infer<typeof EtcdMembership>;
