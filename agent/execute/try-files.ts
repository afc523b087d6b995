// The one-shot check of changed files: a container of the same image gets the new files and must exit 0.
import { helperCallMs, runHelper, withHelper } from "#agent/engine/helper.ts";
import { helperLabels } from "#agent/engine/labels.ts";
import { toolResources } from "#agent/engine/limits.ts";
import { buildTar } from "#agent/files/tar.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { StepOf } from "#shared/state/step.ts";
import { reveal } from "#shared/secret.ts";
import type { Effects } from "#agent/effects/effects.ts";

/** A check that takes longer hangs. */
const checkDeadlineMs = 60_000;

/** Throws FILES_CHECK_FAILED with the check's output; nothing on the host has changed then. */
export async function checkFiles(step: StepOf<"checkFiles">, effects: Effects): Promise<void> {
  const { engine, desired, clock } = effects;
  const { spec, files } = step.arguments;
  const labels = helperLabels({ cluster: desired.cluster, host: desired.host, purpose: "check" });
  const name = `flexkube-check-${effects.nonce()}`;
  const failure = await withHelper(engine, { name, spec, labels, resources: toolResources }, async (id) => {
    const modifiedAt = clock.now();
    const entries = files.map((file) => ({
      type: "file" as const,
      name: file.path.slice(1),
      mode: file.mode,
      uid: file.uid,
      gid: file.gid,
      modifiedAt,
      content: Buffer.from(reveal(file.content)),
    }));
    await engine.putArchive(id, "/", await buildTar(entries), { deadlineMs: helperCallMs });
    return runHelper(engine, id, { deadlineMs: checkDeadlineMs });
  });
  if (failure === undefined) return;
  throw new FlexkubeError("FILES_CHECK_FAILED", "the check refused the changed files; the ones before stay in force", {
    container: step.subject,
    exitCode: failure.exitCode,
    output: failure.output,
  });
}
