// The step `applyManifest`: kubectl in a container of its own, part by part; then what it made is looked at and recorded.
import { endOfHelper, usedAndRemoved } from "#agent/engine/helper.ts";
import { helperLabels } from "#agent/engine/labels.ts";
import type { Effects } from "#agent/effects/effects.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { isSameObject } from "#shared/state/applied-objects.ts";
import type { AppliedObject } from "#shared/state/applied-objects.ts";
import type { StepOf } from "#shared/state/step.ts";
import { valuesOf } from "#shared/schema/manifest-documents.ts";
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import type { Secret } from "#shared/secret.ts";
import { writeManifest } from "#agent/kubernetes/applied-record.ts";
import { asApplier, orPostponed } from "./cluster-step.ts";
import type { Applier } from "./cluster-step.ts";
import { fieldManager, lookAtObject } from "#agent/kubernetes/look-at-object.ts";
import { createFindPath } from "#agent/kubernetes/object-paths.ts";
import type { FindPath } from "#agent/kubernetes/object-paths.ts";
import { kubeconfigOf, startTool, toolFiles } from "./tool-container.ts";
import { untilEstablished } from "./until-established.ts";

/** kubectl gives up a single request after this. */
const requestTimeout = "20s";
const kubectlDeadlineMs = 90_000;

/** Throws STEP_FAILED with kubectl's last lines, ENGINE_*, KUBERNETES_*. */
export async function applyManifest(step: StepOf<"applyManifest">, effects: Effects): Promise<void> {
  const { digest } = step.arguments;
  await asApplier(step, effects, async (applier) =>
    orPostponed(step, { digest, effects }, async () => apply(step, effects, applier)),
  );
  await effects.record({ kind: "applied", component: step.component, container: step.component, cause: step.cause });
}

async function apply(step: StepOf<"applyManifest">, effects: Effects, applier: Applier): Promise<void> {
  const { client, wish } = applier;
  const { signal } = effects;
  const { digest, objects, before, stale } = step.arguments;
  const name = step.subject;
  const manifest = wish.manifests.find((candidate) => candidate.name === name);
  if (manifest?.digest !== digest)
    throw new FlexkubeError("INTERNAL_BUG", "a step is for a manifest that is not desired", { reason: name });
  // recorded before it is made, so that nothing that was made is ever forgotten
  const fresh = objects.filter((object) => !before.some((known) => isSameObject(known, object)));
  if (fresh.length > 0)
    await writeManifest(client, { name, record: { digest: "", objects: [...before, ...fresh] } }, signal);
  const find = createFindPath(client, effects.kinds);
  for (const { content, awaits } of manifest.parts) {
    await runKubectl(step, effects, { applier, content });
    await untilEstablished(applier, awaits, effects);
  }
  const applied: AppliedObject[] = [];
  for (const object of manifest.objects) applied.push(await seen(applier, find, { object, signal }));
  await writeManifest(client, { name, record: { digest, objects: [...applied, ...stale] } }, signal);
}

async function seen(
  { client }: Applier,
  find: FindPath,
  { object, signal }: { readonly object: ObjectRef; readonly signal: AbortSignal },
): Promise<AppliedObject> {
  const found = await lookAtObject(client, find, object, signal);
  return found.state === "there" ? { ...object, uid: found.uid, mark: found.mark } : object;
}

async function runKubectl(
  step: StepOf<"applyManifest">,
  effects: Effects,
  { applier: { wish }, content }: { readonly applier: Applier; readonly content: string | Secret<string> },
): Promise<void> {
  const { engine, desired, nonce, signal } = effects;
  const options = ["--server-side", "--force-conflicts", `--field-manager=${fieldManager}`];
  const limits = [`--request-timeout=${requestTimeout}`, "--cache-dir=/tmp/kube"];
  const id = await startTool(effects, {
    name: `flexkube-kubectl-${nonce()}`,
    image: step.arguments.image,
    command: [...wish.kubectl, "apply", ...options, ...limits, "-f", `${toolFiles}/manifest.yaml`],
    labels: helperLabels({ cluster: desired.cluster, host: desired.host, purpose: "kubectl" }),
    user: wish.user,
    files: { kubeconfig: kubeconfigOf(wish.api), "manifest.yaml": content },
  });
  const failure = await usedAndRemoved(engine, id, async () =>
    endOfHelper(engine, id, { deadlineMs: kubectlDeadlineMs, signal }),
  );
  if (failure !== undefined)
    throw new FlexkubeError("STEP_FAILED", "kubectl did not apply the manifest", {
      step: `apply manifest ${step.subject}`,
      reason: hidden(failure.reason, content),
    });
}

/** kubectl's words may quote what it was given; of a secret manifest they must not. */
function hidden(output: string, content: string | Secret<string>): string {
  if (typeof content === "string") return output;
  return valuesOf(content.reveal()).reduce((text, value) => text.replaceAll(value, "[secret]"), output);
}
