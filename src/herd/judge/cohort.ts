/** The share that admits so many of the known machines: those of the group `canary` first. Pure. @module */

/** The places of the known machines in the order of a build, ascending. */
export interface Places {
  readonly canaries: Float64Array;
  readonly others: Float64Array;
}

/** The shares of an admission. */
export interface Shares {
  readonly share: number;
  readonly canaries?: number;
}

/** The shares that admit `count` machines. `least`: the machines that there are at least. */
export function sharesFor(count: number, { canaries, others }: Places, least: number): Shares {
  const first = canaries.length;
  if (count < first) return { share: 0, canaries: cut(canaries, count) };
  const rest = count - first;
  const isKnown = first + others.length >= least;
  const share = isKnown ? cut(others, rest) : Math.min(1, rest / (least - first));
  return first === 0 || share === 1 ? { share } : { share, canaries: 1 };
}

/** The share below which there are so many places. */
function cut(places: Float64Array, count: number): number {
  if (count >= places.length) return 1;
  return places[Math.floor(count)] ?? 0;
}
