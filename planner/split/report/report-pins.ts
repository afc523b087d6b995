// What became of the lock file of images.
import type { Pins } from "#planner/pins/pins.ts";

/** A line for what is known now, and one for each tag that means another image than before. */
export function pinLines({
  lock,
  before,
  pins,
}: {
  readonly lock: string;
  readonly before: Pins;
  readonly pins: Pins;
}): readonly string[] {
  const moved = [...pins].filter(([image, digest]) => before.has(image) && before.get(image) !== digest);
  const added = [...pins.keys()].filter((image) => !before.has(image));
  const gone = [...before.keys()].filter((image) => !pins.has(image));
  const counts = [
    ...(added.length === 0 ? [] : [`${added.length} new`]),
    ...(moved.length === 0 ? [] : [`${moved.length} moved`]),
    ...(gone.length === 0 ? [] : [`${gone.length} gone`]),
  ];
  const images = `${pins.size} image${pins.size === 1 ? "" : "s"}`;
  return [
    `${lock}: digests of ${images}, ${counts.length === 0 ? "as before" : counts.join(", ")}`,
    ...moved.map(([image, digest]) => `  ${image} is another one now: ${before.get(image)} -> ${digest}`),
  ];
}
