// Labels of images, looked at once for each image: under one id an image never changes.
import type { Engine } from "#agent/engine/engine.ts";

/** What every container of the image inherits; undefined when the image is gone. Throws ENGINE_*. */
export type ImageLabels = (
  imageId: string,
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
) => Promise<Readonly<Record<string, string>> | undefined>;

/** Remembers what the engine said for as long as the process lives. */
export function createImageLabels(engine: Pick<Engine, "imageLabels">): ImageLabels {
  const known = new Map<string, Readonly<Record<string, string>>>();
  return async (imageId, options) => {
    const before = known.get(imageId);
    if (before !== undefined) return before;
    const labels = await engine.imageLabels(imageId, options);
    if (labels !== undefined) known.set(imageId, labels);
    return labels;
  };
}
