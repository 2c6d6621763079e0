/** What a suite is. @module */
import { type Contestant, interleave, type Outcome } from "../interleave.ts";
import type { Column, Row, Table } from "../results.ts";
import type { Workshop } from "../workshop.ts";

/** Measures one thing of all contestants. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  /** What is measured, in plain words. */
  readonly about: string;
  readonly columns: readonly Column[];
  contestants(workshop: Workshop): Contestant[];
}

/** Measures suites whose contestants all take turns with each other. */
export async function measure(suites: readonly Suite[], workshop: Workshop, rounds: number): Promise<Table[]> {
  const fields = suites.map((suite) => suite.contestants(workshop));
  const outcomes = await interleave(fields.flat(), rounds);
  return suites.map((suite, i) => tableOf(suite, outcomes.splice(0, fields[i]?.length)));
}

function tableOf({ name, title, about, columns }: Suite, outcomes: readonly Outcome[]): Table {
  const rows = outcomes.filter((outcome): outcome is Row => "stats" in outcome);
  const absent = outcomes.filter((outcome) => "why" in outcome);
  return { suite: name, title, about, columns, rows, absent };
}
