// Tells of long work without flooding: nothing in the first two seconds, then at most once a second.
import type { PkiOptions, PkiProgress } from "./types.ts";

const silentMs = 2000;
const pauseMs = 1000;

export type Progress = {
  /** Starts counting a phase; the result is called once for every item done. */
  readonly phase: (phase: PkiProgress["phase"], total: number) => () => void;
};

export function startProgress({ clock, onProgress }: Pick<PkiOptions, "clock" | "onProgress">): Progress {
  let next = clock.now() + silentMs;
  return {
    phase: (phase, total) => {
      let done = 0;
      return () => {
        done += 1;
        if (onProgress === undefined || clock.now() < next) return;
        next = clock.now() + pauseMs;
        onProgress({ phase, done, total });
      };
    },
  };
}
