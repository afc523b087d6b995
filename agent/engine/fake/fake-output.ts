// What containers of the fake engine have written, as a stream of the engine port.
import type { OutputWanted } from "#agent/engine/engine.ts";
import type { OutputPiece } from "#agent/engine/frames.ts";
import { isRunning, type FakeContainer } from "./fake-container.ts";
import type { FakeLine } from "./fake-program.ts";

export type { OutputWanted };

export type FakeOutput = AsyncGenerator<OutputPiece>;

/**
 * As Docker does it: the last lines of those that are new enough, then each as it comes, until the container has ended. `until` resolves too
 * when nobody listens any more.
 */
export async function* fakeOutput(
  container: FakeContainer,
  { tail, sinceMs = 0, follow = false }: OutputWanted,
  until: (done: () => boolean) => Promise<void>,
): FakeOutput {
  const { output } = container;
  let told = output.length;
  const wanted = output.filter(({ at }) => at >= sinceMs);
  yield* (tail === undefined ? wanted : wanted.slice(wanted.length - Math.min(tail, wanted.length))).map(pieceOf);
  if (!follow) return;
  for (;;) {
    await until(() => output.length > told || !isRunning(container));
    const next = output.slice(told);
    if (next.length === 0) return;
    told += next.length;
    yield* next.map(pieceOf);
  }
}

function pieceOf({ stream, line }: FakeLine): OutputPiece {
  return { stream, bytes: Buffer.from(`${line}\n`) };
}
