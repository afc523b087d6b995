// The step `pruneObjects`: what no manifest asks for any more is deleted, while it is the one that was applied.
import type { Effects } from "#agent/effects/effects.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { objectText } from "#shared/state/applied-objects.ts";
import { remainingObjects } from "#shared/simulate/simulate-cluster.ts";
import type { StepOf } from "#shared/state/step.ts";
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import { readRecord, writeManifest } from "#agent/kubernetes/applied-record.ts";
import { asApplier } from "./cluster-step.ts";
import type { KubernetesClient } from "#agent/kubernetes/kubernetes-client.ts";
import { createFindPath } from "#agent/kubernetes/object-paths.ts";
import type { FindPath } from "#agent/kubernetes/object-paths.ts";
import { ownValue } from "#shared/own-value.ts";

/** Throws KUBERNETES_*; what was deleted until then is deleted again, which does nothing. */
export async function pruneObjects(step: StepOf<"pruneObjects">, effects: Effects): Promise<void> {
  const { signal } = effects;
  const { deletes, isWhole } = step.arguments;
  await asApplier(step, effects, async ({ client }) => {
    const find = createFindPath(client, effects.kinds);
    for (const object of deletes) await deleteOne(client, { find, object, signal });
    const record = ownValue((await readRecord(client, signal)).manifests, step.subject);
    if (record === undefined) return;
    const objects = remainingObjects(record.objects, step.arguments);
    await writeManifest(client, { name: step.subject, record: isWhole ? undefined : { ...record, objects } }, signal);
  });
  for (const object of deletes)
    await effects.record({
      kind: "pruned",
      component: step.component,
      container: objectText(object),
      cause: step.cause,
    });
}

type Deletion = {
  readonly find: FindPath;
  readonly object: ObjectRef & { readonly uid: string };
  readonly signal: AbortSignal;
};

/** Gone, or another one by now: nothing of ours is left there. */
async function deleteOne(client: KubernetesClient, { find, object, signal }: Deletion): Promise<void> {
  const place = await find(object, signal);
  if (place === undefined) return;
  const body = { propagationPolicy: "Background", preconditions: { uid: object.uid } };
  try {
    await client.request({ method: "DELETE", path: place.path, body }, signal);
  } catch (error) {
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND") || isFlexkubeError(error, "KUBERNETES_CONFLICT")) return;
    throw error;
  }
}
