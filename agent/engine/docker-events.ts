// Docker's stream of events, from the moment it is open. It must not import dockerode.
import type { DockerAnswer } from "./docker-request.ts";
import type { EngineEvent } from "./engine.ts";
import { engineErrorOf, engineUnreachable } from "./errors.ts";
import { engineEventOf, EventLine, understood } from "./inspect.ts";
import { jsonLines } from "./json-lines.ts";

/** Ends when the signal aborts; throws ENGINE_UNREACHABLE when the engine ends it. The stream is closed in any case. */
export async function* eventsIn(stream: DockerAnswer, signal: AbortSignal | undefined): AsyncGenerator<EngineEvent> {
  const end = (): void => void stream.destroy();
  signal?.addEventListener("abort", end, { once: true });
  try {
    signal?.throwIfAborted();
    for await (const line of jsonLines(stream)) yield engineEventOf(understood(EventLine, line, "events"));
  } catch (error) {
    if (signal?.aborted === true) return;
    throw engineErrorOf(error, "events");
  } finally {
    signal?.removeEventListener("abort", end);
    stream.destroy();
  }
  if (signal?.aborted !== true) throw engineUnreachable("events", "the engine ended the stream of events");
}
