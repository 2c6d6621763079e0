/** `npm run herd-table [RUNS]`: simulates, and writes the table into the manual. @module */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { fleetOf } from "./simulate.ts";
import { COLUMNS, MACHINES, rowOf, runsOf, SCENARIOS, WINDOWS } from "./table.ts";

const PAGE = fileURLToPath(new URL("../../../docs/herd.md", import.meta.url));
const RUNS = Number(process.argv[2] ?? 1000);
/** A bad build is refused in each run; fewer of them show how far it came. */
const BAD_RUNS = Math.min(RUNS, 100);

const fleet = fleetOf(MACHINES);
const rows = SCENARIOS.flatMap((scenario) =>
  WINDOWS.map((minutes) => {
    const seeds = Array.from({ length: scenario.isGood ? RUNS : BAD_RUNS }, (_, i) => i + 1);
    const row = rowOf(scenario, minutes, runsOf(fleet, scenario, minutes, seeds));
    console.log(row.join(" | "));
    return row;
  })
);
const widths = COLUMNS.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
const table = [line(COLUMNS), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join(
  "\n",
);
const page = readFileSync(PAGE, "utf8");
const place = /(<!-- table of the simulation -->\n)[\s\S]*?(\n<!-- end -->)/;
if (!place.test(page)) throw new Error(`${PAGE} has no place for the table`);
writeFileSync(PAGE, page.replace(place, (_, begin: string, end: string) => `${begin}\n${table}\n${end}`));
