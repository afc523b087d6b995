// The steps of a restore: each is some containers that do one thing and go.
import { runHelper, withHelper } from "#agent/engine/helper.ts";
import { helperLabels } from "#agent/engine/labels.ts";
import { helperResources } from "#agent/engine/limits.ts";
import { etcdutlSpec, filesSpec } from "#agent/restore/restore-containers.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { StepOf } from "#shared/state/step.ts";
import type { Effects } from "#agent/effects/effects.ts";

/** A database of 8 GiB, which is the most that etcd's authors advise, at 10 MB/s. */
const longDeadlineMs = 15 * 60_000;

/**
 * Throws STEP_FAILED with the last words of what failed; the member's data is as it was then, and what etcdutl had half made, which takes
 * room on a disk that may be full, is cleared away.
 */
export async function restoreData(step: StepOf<"restoreData">, effects: Effects): Promise<void> {
  const clear = async (): Promise<void> =>
    runAlone(step, filesSpec(effects.selfImage, step.arguments, { act: "clear" }), effects);
  if (step.arguments.clears) await clear();
  try {
    await runAlone(step, etcdutlSpec(step.arguments), effects);
  } catch (error) {
    // the first error says more; what stays goes at the next try
    if (isFlexkubeError(error, "STEP_FAILED")) await clear().catch(() => undefined);
    throw error;
  }
}

export async function swapData(step: StepOf<"swapData">, effects: Effects): Promise<void> {
  const { madeOf } = step.arguments;
  await runAlone(step, filesSpec(effects.selfImage, step.arguments, { act: "swap", madeOf }), effects);
  const { component, subject: container, cause } = step;
  await effects.record({ kind: "restored", component, container, cause });
}

/** What a killed agent leaves of it is removed before the next plan goes on. */
async function runAlone(
  step: StepOf<"restoreData" | "swapData">,
  spec: ContainerSpec,
  { engine, desired, nonce, signal }: Effects,
): Promise<void> {
  signal.throwIfAborted();
  const labels = helperLabels({ cluster: desired.cluster, host: desired.host, purpose: "restore" });
  const name = `flexkube-restore-${nonce()}`;
  const failure = await withHelper(engine, { name, spec, labels, resources: helperResources }, async (id) =>
    runHelper(engine, id, { deadlineMs: longDeadlineMs, signal }),
  );
  if (failure !== undefined)
    throw new FlexkubeError("STEP_FAILED", "a snapshot was not restored", {
      step: `${spec.entrypoint?.[0] ?? ""} ${step.kind}`,
      reason: failure.reason,
    });
}
