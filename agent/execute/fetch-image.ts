// Gets a missing image: from the host's directory of archives if it is there, else from its registry.
import { findArchive } from "#agent/image-sources/find-archive.ts";
import type { Effects } from "./effects.ts";

const progressEveryMs = 2000;
/** Without any progress for this long a pull has hung. */
const pullDeadlineMs = 1_800_000;

/** Throws ENGINE_* when no source has it. */
export async function fetchImage(image: string, effects: Effects): Promise<void> {
  const { engine, log, images, signal, clock } = effects;
  const archive = images.directory === undefined ? undefined : await findArchive(images.directory, image, { log });
  if (archive !== undefined) {
    log.info({ image, archive: archive.path }, "loading image from archive");
    await engine.loadImage(archive.open(), { deadlineMs: pullDeadlineMs, signal });
    if ((await engine.inspectImage(image)) !== undefined) return;
    log.warn({ image, archive: archive.path }, "archive did not bring the image it lists");
  }
  log.info({ image }, "pulling image");
  let next = clock.now() + progressEveryMs;
  await engine.pullImage(image, images.credentialsFor(image), {
    deadlineMs: pullDeadlineMs,
    signal,
    onProgress: (progress) => {
      if (clock.now() < next) return;
      next = clock.now() + progressEveryMs;
      log.info({ image, ...progress }, "pulling image");
    },
  });
}
