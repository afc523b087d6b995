// What runs in the fake engine's containers: scripted programs, chosen by image.
import type { FakeFiles } from "./fake-files.ts";

export type FakeLine = { readonly stream: "stdout" | "stderr"; readonly line: string; readonly at: number };

/** What a program sees when it starts. */
export type FakeRun = {
  readonly container: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Entrypoint and arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Containers with the same one see the same control groups. */
  readonly cgroupNamespace: string;
  /** 1 at the first start. */
  readonly starts: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The container's file system with its mounts. */
  readonly files: FakeFiles;
  readonly host: FakeFiles;
  /** Writes one line to the container's log. */
  readonly log: (line: string) => void;
  /** The same as an error. */
  readonly complain: (line: string) => void;
  /**
   * Call it before each change of files that a cut may come between. It counts as a mutating call, so `crashAfter`
   * can end the program here.
   */
  readonly step: (what: string) => void;
};

/** How a run goes on. Without `endsAfterMs` it runs until a signal ends it. */
export type FakeOutcome = {
  readonly endsAfterMs?: number | undefined;
  /** Of an end by itself. Default 0. */
  readonly exitCode?: number | undefined;
  /** Exit code when a signal (without SIG) ends it, undefined when it goes on. Default: TERM, INT and QUIT end it with 0. */
  readonly onSignal?: ((signal: string) => number | undefined) | undefined;
  /** Time between a signal and the end. Default 0. */
  readonly stopsAfterMs?: number | undefined;
};

/** Called at each start; its changes to files happen at once. */
export type FakeProgram = (run: FakeRun) => FakeOutcome;

/** A server that works: runs until it is told to stop. */
export function runsForever(): FakeOutcome {
  return {};
}

/** Exit code that a signal leads to, or undefined when the program goes on. */
export function signalled(outcome: FakeOutcome, signal: string): number | undefined {
  if (signal === "KILL") return 137;
  if (outcome.onSignal !== undefined) return outcome.onSignal(signal);
  return ["TERM", "INT", "QUIT"].includes(signal) ? 0 : undefined;
}
