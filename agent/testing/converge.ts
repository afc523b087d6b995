// Ticks of a host until there is nothing left to do.
import type { FakeHost } from "./fake-host.ts";

/** Resolves after a tick that is settled and did nothing. Throws after so many others, with `everyMs` of the host's time between them. */
export async function converge(
  host: FakeHost,
  { ticks, everyMs }: { readonly ticks: number; readonly everyMs: number },
): Promise<void> {
  for (let count = 0; count < ticks; count++) {
    const { executions, result } = await host.tick();
    if (executions.length === 0 && result === "settled") return;
    await host.clock.sleep(everyMs);
  }
  throw new Error(`it did not converge in ${ticks} ticks`);
}
