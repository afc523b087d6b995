// Gets a missing image: from the host's directory of archives if it is there, else from its registry.
import type { Engine } from "#agent/engine/engine.ts";
import { findArchive } from "#agent/image-sources/find-archive.ts";
import { pullFailure } from "#agent/image-sources/pull-failure.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Effects } from "./effects.ts";

const progressEveryMs = 2000;
/** Without any progress for this long a pull has hung. */
const pullDeadlineMs = 1_800_000;

/** The part of the effects that it uses. */
export type FetchEffects = Pick<Effects, "log" | "images" | "signal" | "clock" | "progress"> & {
  readonly engine: Pick<Engine, "inspectImage" | "loadImage" | "pullImage">;
};

/** Throws ENGINE_* when no source has it. Tells in the log every two seconds how far a pull is. */
export async function fetchImage(image: string, effects: FetchEffects): Promise<void> {
  const { engine, log, images, signal } = effects;
  const { directory, patience } = images;
  const archive = directory === undefined ? undefined : await findArchive(directory, image, { log, patience });
  if (archive !== undefined) {
    log.info({ image, archive: archive.path }, "loading image from archive");
    await engine.loadImage(archive.open(), { deadlineMs: pullDeadlineMs, signal });
    if ((await engine.inspectImage(image)) !== undefined) return;
    log.warn({ image, archive: archive.path }, "archive did not bring the image it lists");
  }
  log.info({ image }, "pulling image");
  try {
    await pull(image, effects);
  } catch (error) {
    throw aboutPull(image, error);
  }
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
      log.info({ image, ...progress }, "pulling image");
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
