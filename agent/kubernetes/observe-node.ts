// One look at our Node object, by one GET. Changes nothing.
import { reasonOf } from "#shared/reason-of.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { DesiredNode, NodeTaint } from "#shared/state/desired.ts";
import type { ObservedNode } from "#shared/state/observed.ts";
import type { ConnectKubernetes } from "./connections.ts";
import { listAt, textAt, textsAt } from "#shared/json-fields.ts";

/** An API that does not answer, or refuses us, is a state to be told; rejects only with the signal's reason. */
export async function observeNode(
  connect: ConnectKubernetes,
  { name, api }: Pick<DesiredNode, "name" | "api">,
  signal: AbortSignal,
): Promise<ObservedNode> {
  try {
    return nodeIn(await connect(api).request({ method: "GET", path: nodePath(name) }, signal));
  } catch (error) {
    signal.throwIfAborted();
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) return { state: "missing" };
    return { state: "unreachable", reason: reasonOf(error) };
  }
}

/** Path of a Node object in the API. */
export function nodePath(name: string): string {
  return `/api/v1/nodes/${name}`;
}

function nodeIn(answer: unknown): ObservedNode {
  const ready = listAt(answer, "status", "conditions").find((condition) => textAt(condition, "type") === "Ready");
  return {
    state: "there",
    resourceVersion: textAt(answer, "metadata", "resourceVersion"),
    labels: textsAt(answer, "metadata", "labels"),
    annotations: textsAt(answer, "metadata", "annotations"),
    taints: listAt(answer, "spec", "taints").map(taintIn),
    ready: textAt(ready, "status") || "Unknown",
    kubeletVersion: textAt(answer, "status", "nodeInfo", "kubeletVersion"),
  };
}

function taintIn(item: unknown): NodeTaint {
  const { value, timeAdded } = textsAt(item);
  return {
    key: textAt(item, "key"),
    effect: textAt(item, "effect"),
    ...(value === undefined ? {} : { value }),
    ...(timeAdded === undefined ? {} : { timeAdded }),
  };
}
