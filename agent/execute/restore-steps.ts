// The steps of a restore: each is some containers that do one thing and go.
import { helperLabels } from "#agent/engine/labels.ts";
import { helperResources } from "#agent/engine/limits.ts";
import { outputOf } from "#agent/engine/output-of.ts";
import { etcdutlSpec, filesSpec } from "#agent/restore/restore-containers.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { StepOf } from "#shared/state/step.ts";
import type { Effects } from "#agent/effects/effects.ts";

/** A database of 8 GiB, which is the most that etcd's authors advise, at 10 MB/s. */
const longDeadlineMs = 15 * 60_000;
const callDeadlineMs = 60_000;

/** Throws STEP_FAILED with the last words of what failed; the member's data is as it was then. */
export async function restoreData(step: StepOf<"restoreData">, effects: Effects): Promise<void> {
  const { snapshot, sha256 } = step.arguments;
  const { selfImage } = effects;
  await runAlone(step, filesSpec(selfImage, step.arguments, { act: "clear" }), effects);
  await runAlone(step, etcdutlSpec(step.arguments), effects);
  await runAlone(step, filesSpec(selfImage, step.arguments, { act: "seal", snapshot, sha256 }), effects);
}

export async function swapData(step: StepOf<"swapData">, effects: Effects): Promise<void> {
  await runAlone(step, filesSpec(effects.selfImage, step.arguments, { act: "swap" }), effects);
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
  const id = await engine.create(
    { name: `flexkube-restore-${nonce()}`, spec, labels, restart: "no", resources: helperResources },
    { deadlineMs: callDeadlineMs },
  );
  try {
    await engine.start(id, { deadlineMs: callDeadlineMs });
    const exitCode = await engine.wait(id, { deadlineMs: longDeadlineMs, signal });
    if (exitCode === 0) return;
    const output = (await outputOf(engine, id, 20)).trim();
    throw new FlexkubeError("STEP_FAILED", "a snapshot was not restored", {
      step: `${spec.entrypoint?.[0] ?? ""} ${step.kind}`,
      reason: output === "" ? `exit code ${exitCode}` : output,
    });
  } finally {
    await engine.remove(id, { deadlineMs: callDeadlineMs });
  }
}
