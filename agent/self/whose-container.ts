// Whose a container is: labels that come from its image make nothing ours.
import type { ContainerSummary } from "#agent/engine/engine.ts";
import { labelKeys, parseOwnership } from "#agent/engine/labels.ts";
import type { Ownership } from "#agent/engine/labels.ts";
import type { ImageLabels } from "./image-labels.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { oldName } from "#shared/reconcile/parts/context.ts";

/** How long a look at one container or image may take; the engine answers in milliseconds. */
export const lookDeadlineMs = 10_000;

export type ImageSources = { readonly imageLabels: ImageLabels; readonly signal: AbortSignal };

export type Labelled = { readonly summary: ContainerSummary; readonly ownership: Ownership };

/** Those whose labels say that an agent made them, without copies. Rejects only with the signal's reason. */
export async function agentsContainers(
  list: readonly ContainerSummary[],
  sources: ImageSources,
): Promise<readonly Labelled[]> {
  const judged = list.map(async (summary) => {
    const ownership = parseOwnership(summary.labels);
    if (ownership === undefined) return [];
    return (await isCopied({ summary, ownership }, sources)) ? [] : [{ summary, ownership }];
  });
  return (await Promise.all(judged)).flat();
}

/**
 * `image`: all that says that it is ours came with its image. An image that is gone tells nothing; then the name does,
 * which no image carries.
 */
export async function whose({ summary, ownership }: Labelled, sources: ImageSources): Promise<"ours" | "image"> {
  const inherited = await labelsOfImage(summary, sources);
  if (inherited === undefined)
    return [ownership.container, oldName(ownership.container)].includes(summary.name) ? "ours" : "image";
  const keys = [labelKeys.cluster, labelKeys.host, labelKeys.component, labelKeys.container, labelKeys.spec];
  return keys.every((key) => inherited[key] === summary.labels[key]) ? "image" : "ours";
}

export async function labelsOfImage(
  { imageId }: ContainerSummary,
  { imageLabels, signal }: ImageSources,
): ReturnType<ImageLabels> {
  // of a container that is half removed no image may be told
  if (imageId === "") return undefined;
  return imageLabels(imageId, { signal, deadlineMs: lookDeadlineMs });
}

/** The same of one that was inspected: false only when all that says that it is ours came with its image. */
export async function mayBeOurs(details: ContainerSummary, sources: ImageSources): Promise<boolean> {
  const ownership = parseOwnership(details.labels);
  return ownership !== undefined && !(await isCopied({ summary: details, ownership }, sources));
}

/** One of which that cannot be told is none: its labels hold. */
export async function isCopied(container: Labelled, sources: ImageSources): Promise<boolean> {
  try {
    return (await whose(container, sources)) === "image";
  } catch (error) {
    sources.signal.throwIfAborted();
    if (!isFlexkubeError(error)) throw error;
    return false;
  }
}
