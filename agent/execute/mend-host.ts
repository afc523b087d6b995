// Puts right what a preflight found, by a privileged one-shot of the agent's own image that does just that.
import { helperLabels } from "#agent/engine/labels.ts";
import { helperResources } from "#agent/engine/limits.ts";
import { outputOf } from "#agent/engine/output-of.ts";
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
  const deadline = { deadlineMs: mendDeadlineMs };
  const name = `flexkube-mend-${effects.nonce()}`;
  const spec = mendSpec(selfImage, step.arguments.mends);
  const labels = helperLabels({ cluster, host, purpose: "mend" });
  const id = await engine.create({ name, spec, labels, restart: "no", resources: helperResources }, deadline);
  try {
    await engine.start(id, deadline);
    const exitCode = await engine.wait(id, deadline);
    if (exitCode !== 0) {
      const output = (await outputOf(engine, id, 20)).trim();
      throw new FlexkubeError("STEP_FAILED", "the host could not be mended", {
        step: "mendHost",
        reason: output === "" ? `exit code ${exitCode}` : output,
      });
    }
  } finally {
    await engine.remove(id);
  }
  const { component, subject: container } = step;
  await effects.record({ kind: "mended", component, container, cause: step.arguments.mends.join(" ") });
}
