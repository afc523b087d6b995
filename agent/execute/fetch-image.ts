// Gets a missing image: from the host's directory of archives if it is there, else from its registry.
import type { Engine } from "#agent/engine/engine.ts";
import { findArchive, type Archive } from "#agent/image-sources/find-archive.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { pullFailure } from "#agent/image-sources/pull-failure.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#agent/effects/effects.ts";

const progressEveryMs = 2000;
/** Without any progress for this long a pull has hung. */
const pullDeadlineMs = 1_800_000;

/** The part of the effects that it uses. */
export type FetchEffects = Pick<Effects, "log" | "images" | "signal" | "clock" | "progress"> & {
  readonly engine: Pick<Engine, "inspectImage" | "loadImage" | "pullImage">;
};

/** Throws ENGINE_* when no source has it. Tells in the log every two seconds how far a pull is. */
export async function fetchImage(image: string, effects: FetchEffects): Promise<void> {
  const { log, images, signal } = effects;
  const { directory, patience } = images;
  const archive = directory === undefined ? undefined : await findArchive(directory, image, { log, patience, signal });
  if (archive !== undefined && (await load(archive, image, effects))) return;
  log.info({ image }, "pulling image");
  try {
    await pull(image, effects);
  } catch (error) {
    throw aboutPull(image, error);
  }
}

/** Whether the image is there then. An archive that is cut, or of a kind that this engine does not know, is not the last word. */
async function load(archive: Archive, image: string, { engine, log, signal }: FetchEffects): Promise<boolean> {
  const about = { image, archive: archive.path };
  log.info(about, "loading image from archive");
  try {
    await engine.loadImage(archive.open(), { deadlineMs: pullDeadlineMs, signal });
  } catch (error) {
    const isAboutArchive = isFlexkubeError(error, "ENGINE_REFUSED") || isFlexkubeError(error, "FILES_UNREADABLE");
    if (!isAboutArchive) throw error;
    log.warn({ ...about, reason: reasonOf(error) }, "the archive cannot be loaded");
    return false;
  }
  if ((await engine.inspectImage(image, { signal })) !== undefined) return true;
  log.warn(about, "archive did not bring the image it lists");
  return false;
}

async function pull(
  image: string,
  { engine, log, images, signal, clock, progress: tell }: FetchEffects,
): Promise<void> {
  let next = clock.now() + progressEveryMs;
  await engine.pullImage(image, images.credentialsFor(image), {
    deadlineMs: pullDeadlineMs,
    signal,
    onProgress: (progress) => {
      const { layersDone, layers, bytes } = progress;
      tell?.detail(`${layersDone} of ${layers} layers, ${Math.round(bytes / 1_000_000)} MB so far`);
      if (clock.now() < next) return;
      next = clock.now() + progressEveryMs;
      log.progress({ image }, "pulling image", progress);
    },
  });
}

/** An answer of the engine with the image that it is about, who failed, and what a person can do. */
function aboutPull(image: string, error: unknown): unknown {
  if (!isFlexkubeError(error, "ENGINE_REFUSED") && !isFlexkubeError(error, "ENGINE_NOT_FOUND")) return error;
  return new FlexkubeError(
    error.code,
    "The image is not on the host and cannot be pulled.",
    { ...error.details, reason: pullFailure(image, error.details.reason) },
    { cause: error },
  );
}
