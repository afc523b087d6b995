// One recorded object as the API has it: which one it is, and whether what we applied still stands.
import { reasonOf } from "#shared/reason-of.ts";
import { hashOf } from "#shared/canonical.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { ObservedObject } from "#shared/state/applied-objects.ts";
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { at, listAt, numberAt, textAt, textsAt } from "#shared/json-fields.ts";
import type { FindPath } from "./object-paths.ts";

/** Who applies; the API keeps for each such name which fields it has set. */
export const fieldManager = "flexkube";
/** An object with this annotation, set to "false", is never deleted. */
export const pruneAnnotation = "flexkube.io/prune";
const markLength = 16;

/** An API that refuses or does not answer is a state to be told; rejects only with the signal's reason. */
export async function lookAtObject(
  client: KubernetesClient,
  find: FindPath,
  object: ObjectRef,
  signal: AbortSignal,
): Promise<ObservedObject> {
  try {
    const place = await find(object, signal);
    if (place === undefined) return { state: "missing" };
    return objectIn(await client.request({ method: "GET", path: place.path }, signal));
  } catch (error) {
    signal.throwIfAborted();
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) return { state: "missing" };
    return { state: "unknown", reason: reasonOf(error) };
  }
}

/**
 * The mark is a hash of the fields that are ours: whoever changes one of them takes it from us, whereas status, and
 * what others set beside, is no concern of ours. Where the API keeps no owners, the generation stands in.
 */
function objectIn(answer: unknown): ObservedObject {
  const ours = listAt(answer, "metadata", "managedFields").find(
    (entry) => textAt(entry, "manager") === fieldManager && textAt(entry, "operation") === "Apply",
  );
  const generation = numberAt(answer, "metadata", "generation");
  const mark =
    ours === undefined
      ? `generation ${generation ?? "none"}`
      : hashOf({ version: textAt(ours, "apiVersion"), fields: JSON.stringify(at(ours, "fieldsV1")) });
  return {
    state: "there",
    uid: textAt(answer, "metadata", "uid"),
    mark: ours === undefined ? mark : mark.slice(0, markLength),
    isOurs: ours !== undefined,
    isKept: textsAt(answer, "metadata", "annotations")[pruneAnnotation] === "false",
  };
}
