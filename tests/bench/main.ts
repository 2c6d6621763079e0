/**
 * Measures boot-sentinel beside what else could start the service, all in one run and taking turns:
 *
 *     npm run bench                              everything, about ten minutes
 *     npm run bench -- --rounds 5 --only steady  one suite: steady, armed, growth, managers, size, releases, trees,
 *                                                recovery, windows
 *     npm run bench -- --out DIR                 results.json and results.svg there, the manual untouched
 *
 * A whole run writes results.json and results.svg beside this file, and the figures of docs/benchmarks.md. Run it on a quiet
 * machine, on Linux, with a C compiler. It installs nothing; what is missing is listed as such:
 *
 *     apt-get install gcc libc6-dev openssl supervisor runit s6 monit
 *     (mkdir pm2 && cd pm2 && npm i pm2), BENCH_PM2=pm2
 *     BENCH_PEER=PROGRAM    the reference implementation's driver
 *     TMPDIR=DIR            a directory on the file system that is to be measured
 *     tests/windows/run.sh  once: wine, a prefix for it and a compiler
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "@std/cli/parse_args.js";
import { VERSION } from "../../src/core/version.ts";
import { chart } from "./chart.ts";
import { figures, withFigures } from "./figures.ts";
import { load, thisMachine } from "./machine.ts";
import { built } from "./release.ts";
import type { Results, Table } from "./results.ts";
import { armed, steady } from "./suites/gate.ts";
import { growth } from "./suites/growth.ts";
import { managers } from "./suites/managers.ts";
import { recovery } from "./suites/recovery.ts";
import { releases, trees } from "./suites/releases.ts";
import { size } from "./suites/size.ts";
import { measure, type Suite } from "./suites/suite.ts";
import { windowsHost } from "./suites/windows_host.ts";
import { resultsText } from "./table.ts";
import { Workshop } from "./workshop.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(HERE, "../..");
const PAGE = join(ROOT, "docs/benchmarks.md");
/** Those in one line take turns with each other. */
const SUITES = [[steady, armed, growth], [managers], [size], [releases], [trees], [recovery], [windowsHost]];
const ROUNDS = 30;

/** sysexits.h: the command line cannot be understood. */
const EX_USAGE = 64;
/** A thing that the benchmark needs cannot be had. */
const EX_UNAVAILABLE = 69;

interface Options {
  readonly _: readonly string[];
  readonly rounds?: string;
  readonly only?: string;
  readonly out?: string;
}

async function bench(args: string[]): Promise<number> {
  const options = parseArgs(args, { string: ["_", "rounds", "only", "out"] }) as Options;
  const rounds = Number(options.rounds ?? ROUNDS);
  const chosen = SUITES.map((suites) =>
    suites.filter(({ name }) => options.only === undefined || options.only === name)
  );
  const known = SUITES.flat().map(({ name }) => name).join(", ");
  if (options._.length > 0 || chosen.flat().length === 0 || !Number.isInteger(rounds) || rounds < 1) {
    console.error(`Cannot understand the command line: --rounds N, --only one of ${known}, --out DIR`);
    return EX_USAGE;
  }
  if (process.platform !== "linux") {
    console.error("The benchmark reads /proc and starts Linux service managers: run it on Linux");
    return EX_UNAVAILABLE;
  }
  const results = await measureAll(chosen, rounds);
  console.log(resultsText(results));
  console.log(`For docs/benchmarks.md:\n\n${figures(results)}`);
  const whole = options.only === undefined && options.out === undefined;
  if (options.out !== undefined || whole) write(results, resolve(options.out ?? HERE));
  if (whole) writeFileSync(PAGE, withFigures(readFileSync(PAGE, "utf8"), results));
  return 0;
}

/** What `SENTINEL_UNDER_TEST` names, else the release, built anew. */
function released(): string {
  return process.env["SENTINEL_UNDER_TEST"] ?? built("linux-x64", "boot-sentinel");
}

async function measureAll(chosen: readonly Suite[][], rounds: number): Promise<Results> {
  const workshop = new Workshop(released());
  const stop = (code: number) => {
    workshop.close();
    process.exit(code);
  };
  process.on("SIGINT", () => stop(130));
  process.on("SIGTERM", () => stop(143));
  try {
    const machine = thisMachine(workshop.dir);
    const tables: Table[] = [];
    for (const suites of chosen.filter(({ length }) => length > 0)) {
      const began = performance.now();
      tables.push(...await measure(suites, workshop, rounds));
      workshop.clear();
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      console.error(`${suites.map(({ name }) => name).join(", ")}: measured in ${seconds} s`);
    }
    const facts = { date: new Date().toISOString(), version: VERSION, rounds };
    return { schema: 1, ...facts, machine: { ...machine, loadAfter: load() }, tables };
  } finally {
    workshop.close();
  }
}

function write(results: Results, dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "results.json"), JSON.stringify(results, null, 2) + "\n");
  writeFileSync(join(dir, "results.svg"), chart(results));
  console.log(`Written: ${join(dir, "results.json")}, ${join(dir, "results.svg")}`);
}

try {
  process.exitCode = await bench(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = EX_UNAVAILABLE;
}
