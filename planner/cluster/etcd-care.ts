// Which members are cared for, and what keeps their data small.
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { EtcdVersion } from "./versions/etcd-version.ts";

/** What a cluster that is founded now keeps in its state. */
export const newCare: NonNullable<PlannerState["care"]> = "on";

/** etcd's own quota, in so many words. */
const usualQuotaBytes = 2 * 2 ** 30;
/** Without Kubernetes nobody else compacts. */
const usualCompaction = { mode: "periodic", retention: "1h" } as const;
const startThresholdMegabytes = 100;

type Said = {
  readonly care: Readonly<Record<string, unknown>> | undefined;
  /** Fields of the member's section, as the config says them. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly version: EtcdVersion | undefined;
};

/**
 * What the member's section gets. A state without the word is that of a cluster founded before there was care: it gets what its config
 * says. What `extraArgs` say already is not said twice.
 */
export function careOf(
  { care, fields, version }: Said,
  { kept, hasKubernetes }: { readonly kept: PlannerState["care"]; readonly hasKubernetes: boolean },
): Readonly<Record<string, unknown>> {
  const { enabled, ...own } = care ?? {};
  const isNew = kept === "on";
  const isWanted = enabled ?? (isNew || Object.keys(own).length > 0);
  const flags = flagsIn(fields["extraArgs"]);
  const isFree = (...names: readonly string[]): boolean => isNew && !names.some((name) => flags.has(name));
  // Kubernetes compacts by a write, which etcd refuses without space
  const isOwn = fields["compaction"] !== undefined || compactionFlags.some((name) => flags.has(name));
  const compacts = hasKubernetes && !isOwn ? { compactWithoutSpace: true } : {};
  return {
    ...(isWanted === true ? { care: { ...compacts, ...own } } : {}),
    ...(isFree("quota-backend-bytes") ? { quotaBackendBytes: usualQuotaBytes } : {}),
    ...(isFree(...compactionFlags) && !hasKubernetes ? { compaction: usualCompaction } : {}),
    ...(isFree(...startFlags) && version !== undefined
      ? {
          defragmentAtStart: {
            megabytes: startThresholdMegabytes,
            flag: version.minor <= 5 ? "experimental" : "plain",
          },
        }
      : {}),
  };
}

const compactionFlags = ["auto-compaction-mode", "auto-compaction-retention"];
const startFlags = ["bootstrap-defrag-threshold-megabytes", "experimental-bootstrap-defrag-threshold-megabytes"];

/** Flags that a field of the section stands for, with the field. */
export const fieldFlags: Readonly<Record<string, string>> = {
  "quota-backend-bytes": "quotaBackendBytes",
  "auto-compaction-mode": "compaction",
  "auto-compaction-retention": "compaction",
};

function flagsIn(extraArgs: unknown): ReadonlySet<string> {
  const all: readonly unknown[] = Array.isArray(extraArgs) ? extraArgs : [];
  return new Set(all.map((argument) => String(argument).replace(/^-+/, "").replace(/=.*$/s, "")));
}
