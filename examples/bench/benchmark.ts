// What a benchmark is, and the words it has for those who wait.
import type { Figure } from "./figure.ts";

export type BenchmarkOptions = {
  /** Rounds of what is compared; the benchmark's own number unless told. */
  readonly rounds?: number | undefined;
  /** Of a database; the benchmark's own unless told. */
  readonly megabytes?: number | undefined;
  /** A line for those who wait. */
  readonly progress: (text: string) => void;
};

export type Benchmark = (options: BenchmarkOptions) => Promise<readonly Figure[]>;

/** Runs `act` for each round, one after the other, with a line of progress each. */
export async function eachRound(
  count: number,
  about: { readonly what: string; readonly progress: (text: string) => void },
  act: (round: number) => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= count; round++) {
    about.progress(`${about.what}: round ${round} of ${count}`);
    await act(round);
  }
}
