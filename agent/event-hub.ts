// One stream of engine events for the whole process: a hint to tick sooner, and the watch over our own lock.
import type { Logger } from "pino";
import type { Engine, EngineEvent } from "#agent/engine/engine.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import type { Clock } from "#shared/clock.ts";

export type EventHub = {
  /** Keeps the stream open, and opens it anew when it breaks, until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Resolves at the next event of a managed container that may need us. Rejects when the signal aborts. */
  readonly hint: (signal: AbortSignal) => Promise<void>;
  readonly whenDestroyed: (id: string) => { readonly signal: AbortSignal; readonly forget: () => void };
};

const retryMs = 1000;
/** What happens to a container that a tick could mend. What the agent itself does is told apart by `quiet`. */
const telling = new Set(["die", "stop", "destroy", "rename", "update", "pause", "oom"]);

/** `isQuiet`: true while the agent itself is at work, whose own events are no hints. */
export function createEventHub(engine: Engine, about: { readonly clock: Clock; readonly log: Logger; readonly isQuiet: () => boolean }): EventHub {
  const listeners = new Set<(event: EngineEvent | "reconnected") => void>();
  const tell = (event: EngineEvent | "reconnected"): void => {
    for (const listener of [...listeners]) listener(event);
  };
  return {
    run: async (signal) => run(engine, about, signal, tell),
    hint: async (signal) =>
      new Promise((resolve, reject) => {
        const listener = (event: EngineEvent | "reconnected"): void => {
          if (event !== "reconnected" && (about.isQuiet() || !concerns(event))) return;
          done();
          resolve();
        };
        const aborted = (): void => {
          done();
          reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
        };
        const done = (): void => {
          listeners.delete(listener);
          signal.removeEventListener("abort", aborted);
        };
        listeners.add(listener);
        signal.addEventListener("abort", aborted, { once: true });
        if (signal.aborted) aborted();
      }),
    whenDestroyed: (id) => {
      const controller = new AbortController();
      const listener = (event: EngineEvent | "reconnected"): void => {
        if (event !== "reconnected" && event.action === "destroy" && event.containerId === id) controller.abort();
      };
      listeners.add(listener);
      return { signal: controller.signal, forget: () => void listeners.delete(listener) };
    },
  };
}

function concerns(event: EngineEvent): boolean {
  return telling.has(event.action) && event.labels[labelKeys.spec] !== undefined;
}

async function run(
  engine: Engine,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
  tell: (event: EngineEvent | "reconnected") => void,
): Promise<void> {
  for (let broken = false; !signal.aborted; broken = true) {
    try {
      if (broken) tell("reconnected");
      for await (const event of engine.events({ signal })) tell(event);
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ err: error }, "the engine's event stream broke");
    }
    await clock.sleep(retryMs, signal).catch(() => undefined);
  }
}
