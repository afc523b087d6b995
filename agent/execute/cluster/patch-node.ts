// The step `patchNode`: one merge patch that the API refuses when the object has changed since it was seen.
import type { Effects } from "#agent/effects/effects.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { StepOf } from "#shared/state/step.ts";
import { nodePath } from "#agent/kubernetes/observe-node.ts";

/** Throws KUBERNETES_*; KUBERNETES_CONFLICT calls for another look. */
export async function patchNode(step: StepOf<"patchNode">, effects: Effects): Promise<void> {
  const { desired, connectKubernetes, signal, record } = effects;
  if (desired.node?.name !== step.subject)
    throw new FlexkubeError("INTERNAL_BUG", "a patch is for a node that is not desired", { reason: step.subject });
  const { resourceVersion, labels, annotations, taints, changes } = step.arguments;
  const body = {
    metadata: { resourceVersion, labels, annotations },
    ...(taints === undefined ? {} : { spec: { taints } }),
  };
  const client = connectKubernetes(desired.node.api);
  await client.request({ method: "PATCH", path: nodePath(step.subject), format: "merge-patch", body }, signal);
  await record({
    kind: "patched",
    component: step.component,
    container: step.component,
    cause: `${changes.join(", ")}: ${step.cause}`,
  });
}
