// Text of a container's whole log answer. Pure.
import { createFrames } from "./frames.ts";

/** Both streams in the order they were written. What has no frames (a container with a terminal) is taken as it is. */
export function demultiplex(answer: Buffer): string {
  const frames = createFrames();
  const pieces = [...frames.push(answer), ...frames.end()];
  return Buffer.concat(pieces.map(({ bytes }) => bytes)).toString("utf8");
}
