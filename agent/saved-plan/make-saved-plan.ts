// From what was looked at to the plan that is saved, and that is compared with it later.
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import type { Plan } from "#shared/state/step.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { seenRows } from "./seen-rows.ts";
import { stepRow } from "./step-row.ts";

/** What a plan is made of. */
export type Looked = {
  readonly config: Pick<HostConfig, "cluster" | "host" | "generation" | "secrets">;
  readonly desired: DesiredState;
  readonly fallback?: DesiredState | undefined;
  readonly observed: ObservedState;
  readonly plan: Plan;
};

/** `at`: in ISO 8601, for people. */
export function makeSavedPlan(looked: Looked, stamp: Pick<SavedPlan, "agentVersion" | "at">): SavedPlan {
  const { config, desired, fallback, observed, plan } = looked;
  const { cluster, host, generation } = config;
  return {
    kind: "Plan",
    ...stamp,
    cluster,
    host,
    ...(generation === undefined ? {} : { generation }),
    config: desired.config,
    seen: seenRows({ desired, fallback }, observed),
    steps: plan.steps.map((step) => stepRow(step, config.secrets["hash-key"])),
    // their reasons tell of moments
    blocked: plan.blocked.map(({ component, container, code }) => ({ component, container, code })),
  };
}
