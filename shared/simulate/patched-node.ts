// A Node object after a patch of ours: what the API makes of it, for previews.
import type { ObservedNode } from "#shared/state/observed.ts";
import type { StepArguments } from "#shared/state/step.ts";

/** The node as it is then; one that is not there stays so. */
export function patchedNode(
  node: ObservedNode | undefined,
  patch: StepArguments["patchNode"],
): ObservedNode | undefined {
  if (node?.state !== "there") return node;
  return {
    ...node,
    resourceVersion: `${node.resourceVersion}+`,
    labels: merged(node.labels, patch.labels),
    annotations: merged(node.annotations, patch.annotations),
    taints: patch.taints ?? node.taints,
  };
}

function merged(
  before: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  const all = Object.entries({ ...before, ...patch });
  return Object.fromEntries(all.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])));
}
