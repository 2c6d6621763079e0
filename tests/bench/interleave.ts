/**
 * Taking turns, so that whatever else the machine does hits all alike. The order is another one in each round: who comes
 * right after a large runtime finds the processor's caches full of it.
 *
 * @module
 */
import type { Absent, Row } from "./results.ts";
import { statOf } from "./statistics.ts";

/** Somebody to be measured. */
export interface Contestant {
  readonly name: string;
  /** The contestant that it is compared with, by name. */
  readonly beside?: string | undefined;
  /** Why it cannot be measured on this machine. */
  readonly absent?: string | undefined;
  /** It takes its turn in one of so many rounds: for those whose turns are long. @default {1} */
  readonly oneRoundIn?: number;
  /** It has a turn before the first round that does not count: caches get warm. @default {true} */
  readonly warmUp?: boolean;
  /** One turn: the figures by column. */
  readonly turn: () => Promise<Readonly<Record<string, number>>> | Readonly<Record<string, number>>;
}

/** What came of a contestant. */
export type Outcome = Row | Absent;

/**
 * Lets all take turns, in each round in the order that `order` makes of them; what came of each is returned in their own.
 * Who fails is out from then on, with the reason; the others go on.
 */
export async function interleave(
  contestants: readonly Contestant[],
  rounds: number,
  order: <T>(list: readonly T[]) => readonly T[] = shuffled,
): Promise<Outcome[]> {
  const entries = contestants.map((contestant) => (
    { contestant, samples: new Map<string, number[]>(), out: contestant.absent }
  ));
  for (let round = -1; round < rounds; round++) {
    for (const entry of order(entries)) {
      const { contestant: { oneRoundIn = 1, warmUp = true, turn }, samples } = entry;
      const takesPart = round < 0 ? warmUp : round % oneRoundIn === 0;
      if (entry.out !== undefined || !takesPart) continue;
      try {
        const figures = await turn();
        if (round < 0) continue;
        for (const [key, figure] of Object.entries(figures)) samples.set(key, [...samples.get(key) ?? [], figure]);
      } catch (error) {
        entry.out = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return entries.map(({ contestant: { name, beside }, samples, out }) =>
    out !== undefined ? { name, why: out } : {
      name,
      stats: Object.fromEntries([...samples].map(([key, values]) => [key, statOf(values)])),
      ...(beside === undefined ? {} : { beside }),
    }
  );
}

function shuffled<T>(list: readonly T[]): T[] {
  const keyed = list.map((item) => ({ item, key: Math.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
