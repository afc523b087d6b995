// Puts right what a preflight found, by a privileged one-shot of the agent's own image that does just that.
import { runHelper, withHelper } from "#agent/engine/helper.ts";
import { helperLabels } from "#agent/engine/labels.ts";
import { helperResources } from "#agent/engine/limits.ts";
import { mendSpec } from "#agent/mend/mend-container.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { StepOf } from "#shared/state/step.ts";
import type { Effects } from "#agent/effects/effects.ts";

/** Loading a module may take a while; nothing else here does. */
const mendDeadlineMs = 60_000;

/** Throws STEP_FAILED with what the mending said. What was mended before it failed stays. */
export async function mendHost(step: StepOf<"mendHost">, effects: Effects): Promise<void> {
  const { engine, desired, selfImage } = effects;
  const { cluster, host } = desired;
  const name = `flexkube-mend-${effects.nonce()}`;
  const spec = mendSpec(selfImage, step.arguments.mends);
  const labels = helperLabels({ cluster, host, purpose: "mend" });
  const failure = await withHelper(engine, { name, spec, labels, resources: helperResources }, async (id) =>
    runHelper(engine, id, { deadlineMs: mendDeadlineMs }),
  );
  if (failure !== undefined)
    throw new FlexkubeError("STEP_FAILED", "the host could not be mended", {
      step: "mendHost",
      reason: failure.reason,
    });
  const { component, subject: container } = step;
  await effects.record({ kind: "mended", component, container, cause: step.arguments.mends.join(" ") });
}
