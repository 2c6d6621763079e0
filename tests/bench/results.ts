/** What a run of the benchmark has found: the content of `results.json`. @module */
import type { Stat } from "./statistics.ts";

/** A kind of figure. */
export interface Column {
  readonly key: string;
  readonly title: string;
  readonly unit: "ms" | "MiB";
}

/** One contestant's figures. */
export interface Row {
  readonly name: string;
  /** By the column's key. One that does not apply, or never ends, is missing. */
  readonly stats: Readonly<Record<string, Stat>>;
  /** The row that its ratios are to, by name. */
  readonly beside?: string | undefined;
}

/** A contestant that was not measured. */
export interface Absent {
  readonly name: string;
  readonly why: string;
}

/** What one suite has found. */
export interface Table {
  readonly suite: string;
  readonly title: string;
  /** What is measured, in plain words. */
  readonly about: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly absent: readonly Absent[];
}

/** Where it was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Of the directory in which everything was done. */
  readonly fileSystem: string;
  /** Load average of one minute before the run. */
  readonly loadBefore: number;
  /** And after it: the run itself is good for about one. */
  readonly loadAfter: number;
}

/** One run. */
export interface Results {
  readonly schema: 1;
  /** ISO 8601. */
  readonly date: string;
  /** The version of boot-sentinel. */
  readonly version: string;
  readonly rounds: number;
  readonly machine: Machine;
  readonly tables: readonly Table[];
}

/** How a row compares with the row it is beside; `undefined` when one of the two was not measured. */
export function ratioOf(table: Table, row: Row, column: string): number | undefined {
  const other = table.rows.find(({ name }) => name === row.beside)?.stats[column];
  const own = row.stats[column];
  if (own === undefined || other === undefined || other.median === 0) return undefined;
  return own.median / other.median;
}

/** A median by its names, if it was measured. */
export function medianOf(results: Results, suite: string, row: string, column: string): number | undefined {
  return results.tables.find((table) => table.suite === suite)?.rows.find(({ name }) => name === row)?.stats[column]
    ?.median;
}
