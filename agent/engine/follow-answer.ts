// An answer of the engine that goes on for as long as somebody reads it. It must not import dockerode.
import type { DockerAnswer } from "./docker-request.ts";
import { engineErrorOf } from "./errors.ts";

/** What `items` make of the answer. Ends with it, or when the signal aborts; the answer is closed in any case. Throws ENGINE_*. */
export async function* followAnswer<Item>(
  answer: DockerAnswer,
  call: string,
  items: AsyncIterable<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const end = (): void => void answer.destroy();
  signal?.addEventListener("abort", end, { once: true });
  try {
    signal?.throwIfAborted();
    yield* items;
  } catch (error) {
    if (signal?.aborted === true) return;
    throw engineErrorOf(error, call);
  } finally {
    signal?.removeEventListener("abort", end);
    answer.destroy();
  }
}
