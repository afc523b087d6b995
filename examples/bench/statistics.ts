// The few statistics of the benchmark. Pure.

export type Summary = {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
};

/** NaN for no samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** Median, smallest and largest; NaN for no samples. */
export function summaryOf(samples: readonly number[]): Summary {
  if (samples.length === 0) return { median: Number.NaN, min: Number.NaN, max: Number.NaN, count: 0 };
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples), count: samples.length };
}

/** The smallest sample that so many percent of them are not above; NaN for no samples. */
export function percentile(samples: readonly number[], percent: number): number {
  // 99.9 % of 1,000 is a little more than 999 in binary
  const rank = Math.max(1, Math.ceil((percent * samples.length) / 100 - 1e-6));
  return samples.toSorted((a, b) => a - b)[rank - 1] ?? Number.NaN;
}

/**
 * How many times `other` is `ours`: the median over pairs taken in the same round, so that a slow round counts for
 * both; of medians when the numbers of samples differ.
 */
export function ratioOf(ours: readonly number[], other: readonly number[]): number {
  if (ours.length !== other.length) return median(ours) / median(other);
  return median(ours.map((value, index) => value / (other[index] ?? Number.NaN)));
}

/** Slope of the straight line through the points by least squares. */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map((point) => point.x));
  const y = mean(points.map((point) => point.y));
  const covariance = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  const variance = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return covariance / variance;
}
