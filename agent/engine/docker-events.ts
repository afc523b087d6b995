// Docker's stream of events, from the moment it is open. It must not import dockerode.
import type { DockerAnswer } from "./docker-request.ts";
import type { EngineEvent } from "./engine.ts";
import { engineUnreachable } from "./errors.ts";
import { followAnswer } from "./follow-answer.ts";
import { engineEventOf, EventLine, understood } from "./inspect.ts";
import { jsonLines } from "./json-lines.ts";

/** Ends when the signal aborts; throws ENGINE_UNREACHABLE when the engine ends it. The stream is closed in any case. */
export async function* eventsIn(stream: DockerAnswer, signal: AbortSignal | undefined): AsyncGenerator<EngineEvent> {
  yield* followAnswer(stream, "events", understoodIn(stream), signal);
  if (signal?.aborted !== true) throw engineUnreachable("events", "the engine ended the stream of events");
}

async function* understoodIn(stream: DockerAnswer): AsyncGenerator<EngineEvent> {
  for await (const line of jsonLines(stream)) yield engineEventOf(understood(EventLine, line, "events"));
}
