/** The findings as text, for a terminal. @module */
import { table as columns } from "../../src/cli/output/table.ts";
import { ratioOf, type Results, type Row, type Table } from "./results.ts";
import type { Stat } from "./statistics.ts";

/** Every table with medians, and in brackets how they compare with the row that they are beside. */
export function resultsText(results: Results): string {
  const { machine, date, rounds, version } = results;
  const head = `boot-sentinel ${version}, ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ` +
    `${machine.memoryGiB} GiB, ${machine.system}, ${machine.fileSystem}; load ${machine.loadBefore.toFixed(1)} to ${
      machine.loadAfter.toFixed(1)
    }; ` +
    `medians of up to ${rounds} rounds\n`;
  return [head, ...results.tables.map(tableText)].join("\n");
}

function tableText(table: Table): string {
  const head = ["", ...table.columns.map(({ title, unit }) => `${title}, ${unit}`), "range"];
  const rows = table.rows.map((
    row,
  ) => [row.name, ...table.columns.map(({ key }) => cell(table, row, key)), range(row)]);
  const absent = table.absent.map(({ name, why }) => `not measured: ${name}: ${why}\n`).join("");
  return `${table.title} (--only ${table.suite})\n${table.about}\n${columns([head, ...rows])}${absent}`;
}

function cell(table: Table, row: Row, column: string): string {
  const stat = row.stats[column];
  if (stat === undefined) return "–";
  const ratio = row.beside === row.name ? undefined : ratioOf(table, row, column);
  return figure(stat.median) + (ratio === undefined ? "" : ` (${factor(ratio)})`);
}

/** Of the first column: how far the samples lie apart. */
function range({ stats }: Row): string {
  const first: Stat | undefined = Object.values(stats)[0];
  return first === undefined ? "" : `${figure(first.low)} – ${figure(first.high)}, ${first.rounds}×`;
}

/** Three significant digits, and none that nobody measured. */
export function figure(value: number): string {
  if (value === 0) return "0";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** A ratio. */
export function factor(ratio: number): string {
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)}×`;
}
