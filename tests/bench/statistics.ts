/** What samples come to. @module */

/** A column of samples in short. */
export interface Stat {
  readonly median: number;
  /** The smallest. */
  readonly low: number;
  /** The largest. */
  readonly high: number;
  /** How many there are. */
  readonly rounds: number;
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const [below, above] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (below === undefined || above === undefined) throw new RangeError("Nothing was measured: there is no median");
  return (below + above) / 2;
}

/** Samples in short. */
export function statOf(samples: readonly number[]): Stat {
  return {
    median: median(samples),
    low: Math.min(...samples),
    high: Math.max(...samples),
    rounds: samples.length,
  };
}
