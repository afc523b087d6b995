// Docker's stream of what a container has written, and writes. It must not import dockerode.
import type { DockerAnswer } from "./docker-request.ts";
import type { OutputWanted } from "./engine.ts";
import { followAnswer } from "./follow-answer.ts";
import { createFrames } from "./frames.ts";
import type { OutputPiece } from "./frames.ts";

/** Docker counts in seconds with decimals. */
export function outputQuery({ tail, sinceMs, follow }: OutputWanted): Readonly<Record<string, string | boolean>> {
  return {
    stdout: true,
    stderr: true,
    tail: tail === undefined ? "all" : String(tail),
    ...(sinceMs === undefined ? {} : { since: (sinceMs / 1000).toFixed(3) }),
    ...(follow === true ? { follow } : {}),
  };
}

/** Ends with the answer, or when the signal aborts; the stream is closed in any case. */
export function outputIn(stream: DockerAnswer, signal: AbortSignal | undefined): AsyncGenerator<OutputPiece> {
  return followAnswer(stream, "logs", piecesIn(stream), signal);
}

async function* piecesIn(stream: DockerAnswer): AsyncGenerator<OutputPiece> {
  const frames = createFrames();
  for await (const chunk of stream) yield* frames.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  yield* frames.end();
}
