// What a benchmark finds: samples of one quantity for the agent or planner, for the bare calls and for docker compose, with goals.
import { median, ratioOf } from "./statistics.ts";

export type Goal =
  /** The median is at most this, in the figure's unit. */
  | { readonly kind: "at-most"; readonly limit: number }
  /**
   * The same of those rounds alone whose bare sample is at most `calm`: in others the machine was too busy for anybody, and with none of
   * them nothing can be said.
   */
  | { readonly kind: "at-most-when-calm"; readonly limit: number; readonly calm: number }
  /** The median of the ratios to the bare calls is at most this. */
  | { readonly kind: "of-bare"; readonly factor: number }
  /** The median of the ratios to docker compose is below 1. */
  | { readonly kind: "below-compose" };

export type Figure = {
  /** What was done, such as `first start`. */
  readonly work: string;
  /** What was measured of it, such as `wall`. */
  readonly quantity: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** The same engine calls in the same order without the agent; sample i was taken in the same round as ours i. */
  readonly bare?: readonly number[] | undefined;
  /** docker compose at the same work, in the same rounds. */
  readonly compose?: readonly number[] | undefined;
  readonly goals: readonly Goal[];
};

/** reached: undefined where the machine was too busy to tell. */
export type Verdict = { readonly goal: string; readonly reached: boolean | undefined };

/** Each goal in words and whether the samples reach it. A goal without the samples it needs is not reached. */
export function verdictsOf(figure: Figure): readonly Verdict[] {
  return figure.goals.map((goal) => {
    switch (goal.kind) {
      case "at-most":
        return { goal: `<= ${goal.limit} ${figure.unit}`.trim(), reached: median(figure.ours) <= goal.limit };
      case "at-most-when-calm":
        return { goal: `<= ${goal.limit} ${figure.unit}`.trim(), reached: isAtMostWhenCalm(figure, goal) };
      case "of-bare":
        return { goal: `<= ${goal.factor} x bare`, reached: isAtMost(figure.ours, figure.bare, goal.factor) };
      case "below-compose":
        return { goal: "< compose", reached: isBelow(figure.ours, figure.compose) };
    }
  });
}

function isAtMostWhenCalm(
  { ours, bare = [] }: Figure,
  { limit, calm }: { readonly limit: number; readonly calm: number },
): boolean | undefined {
  const judged = ours.filter((_, round) => (bare[round] ?? Infinity) <= calm);
  return judged.length === 0 ? undefined : median(judged) <= limit;
}

function isAtMost(ours: readonly number[], other: readonly number[] | undefined, factor: number): boolean {
  return other !== undefined && ratioOf(ours, other) <= factor;
}

function isBelow(ours: readonly number[], other: readonly number[] | undefined): boolean {
  return other !== undefined && ratioOf(ours, other) < 1;
}
