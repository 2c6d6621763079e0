/** The figures of docs/benchmarks.md: one table between two marks, made from the results. @module */
import { medianOf, type Results } from "./results.ts";
import { EMPTY_BUN } from "./subjects/empty.ts";
import { REFERENCE_NAME } from "./subjects/reference.ts";
import { OURS, WATCHED } from "./suites/gate.ts";
import { LARGE, SMALL } from "./suites/growth.ts";
import { ON_PROBATION, SUPERVISING } from "./suites/managers.ts";
import { RESTARTING } from "./suites/recovery.ts";
import { FEW, MANY, ofTree, ONE_FILE, PLAIN_TREE, PLAIN_TREE_OPENSSL, TREES } from "./suites/releases.ts";
import { ofSize, PLAIN, PLAIN_OPENSSL } from "./suites/size.ts";
import { HOST, IDLE } from "./suites/windows_host.ts";
import { factor, figure } from "./table.ts";

const BEGIN = "<!-- bench: figures -->";
const END = "<!-- bench: end -->";

/** A Markdown table of what counts most; what was not measured is left out. */
export function figures(results: Results): string {
  const of = (suite: string, row: string, column = "ms") => medianOf(results, suite, row, column);
  const besides = (suite: string, names: readonly string[], column: string, unit: (n: number) => string) =>
    names.flatMap((name) => {
      const value = of(suite, name, column);
      return value === undefined ? [] : [`${name.replace(`${OURS} `, "").replace(/, 1 GB$/, "")} ${unit(value)}`];
    }).join(", ");
  const gate = (suite: string) => besides(suite, ["started directly", REFERENCE_NAME, EMPTY_BUN], "ms", time);
  const others = [REFERENCE_NAME, "runit (runsv)", "s6 (s6-supervise)", "monit", "supervisord", "pm2"];
  const big = (name: string, column: string) => of("size", ofSize(name, "1 GB"), column);
  const besideBig = (names: readonly string[], column: string) => {
    const own = big(OURS, column);
    const unit = (other: number) => time(other) + (own === undefined ? "" : ` (${factor(own / other)})`);
    return besides("size", names.map((name) => ofSize(name, "1 GB")), column, unit);
  };
  const tools = [PLAIN, PLAIN_OPENSSL, REFERENCE_NAME];
  const withOwn = (row: string) => {
    const [all, own] = [of("managers", row, "pss"), of("managers", row, "anonymous")];
    return all === undefined || own === undefined ? undefined : `${memory(all)}, ${memory(own)} anonymous`;
  };
  const added = (column: string) => {
    const [host, idle] = [of("windows", HOST, column), of("windows", IDLE, column)];
    return host === undefined || idle === undefined ? undefined : memory(host - idle);
  };
  const growth = (state: "steady" | "armed") => {
    const [large, small] = [of("growth", LARGE[state]), of("growth", SMALL[state])];
    return large === undefined || small === undefined ? undefined : factor(large / small);
  };
  const ofFile = (row: string, column: string) => {
    const [release, file] = [of("releases", row, column), of("releases", ONE_FILE, column)];
    return release === undefined || file === undefined ? undefined : factor(release / file);
  };
  const few = (column: string) => {
    const ratio = ofFile(FEW, column);
    return `of that of one file; of 10 files ${ratio ?? "not measured"}`;
  };
  const tree = (title: string) => of("trees", ofTree(OURS, title), "swap");
  const besideTree = (title: string) =>
    [PLAIN_TREE, PLAIN_TREE_OPENSSL].flatMap((name) => {
      const [own, other] = [tree(title), of("trees", ofTree(name, title), "swap")];
      return own === undefined || other === undefined ? [] : [`${name} ${time(other)} (${factor(own / other)})`];
    }).join(", ");
  const rows: (readonly [what: string, here: string | undefined, beside: string])[] = [
    ["a start, nothing armed", maybe(of("steady", OURS), time), gate("steady")],
    ["a start on probation, counted on disk", maybe(of("armed", OURS), time), gate("armed")],
    ["the same with the watcher", maybe(of("armed", WATCHED), time), ""],
    ["to a service's first instruction", maybe(of("managers", OURS), time), besides("managers", others, "ms", time)],
    ["memory beside a service", maybe(of("managers", OURS, "pss"), memory), besides("managers", others, "pss", memory)],
    ["memory of the watcher on probation", withOwn(ON_PROBATION), ""],
    ["memory of `run --supervise`", withOwn(SUPERVISING), ""],
    ["memory of the Windows host, under wine", added("rss"), "more than an idle empty Bun program"],
    ["rolling back a program of 1 GB", maybe(big(OURS, "rollback"), time), besideBig([REFERENCE_NAME], "rollback")],
    ["swapping it, checked and flushed", maybe(big(OURS, "swap"), time), besideBig(tools, "swap")],
    ["confirming it, checked and flushed", maybe(big(OURS, "confirm"), time), besideBig(tools, "confirm")],
    ["a start of a release of 100,000 files", ofFile(MANY, "start"), few("start")],
    ["a rollback of it", ofFile(MANY, "rollback"), few("rollback")],
    ...TREES.map(({ title }) =>
      [`swapping a release of ${title}`, maybe(tree(title), time), besideTree(title)] as const
    ),
    ["from a bad build to a good answer", maybe(of("recovery", OURS, "new"), time), besidesOf("new")],
    ["the same, known to be bad", maybe(of("recovery", OURS, "known"), time), besidesOf("known")],
    ["a start with a large state", growth("steady"), "of a start with a new one"],
    ["a start on probation with it", growth("armed"), "of one with a new one"],
  ];
  const cells = rows.flatMap(([what, here, beside]) => here === undefined ? [] : [[what, here, beside]]);
  return markdownTable([["median of", "boot-sentinel", "beside"], ...cells]);

  function besidesOf(column: string): string {
    return besides("recovery", [REFERENCE_NAME, RESTARTING], column, time);
  }
}

/** The page with these figures between its marks. */
export function withFigures(page: string, results: Results): string {
  const [before, rest = ""] = page.split(BEGIN);
  const after = rest.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`The page has no place for figures: ${BEGIN}`);
  return `${before}${BEGIN}\n\n${figures(results)}\n${END}${after}`;
}

/** As `deno fmt` writes it: columns as wide as their widest cell. */
function markdownTable([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, i) => (row[i] ?? "").padEnd(width)).join(" | ")} |\n`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("");
}

function maybe(value: number | undefined, text: (value: number) => string): string | undefined {
  return value === undefined ? undefined : text(value);
}

/** Milliseconds, for people. */
export function time(ms: number): string {
  return ms >= 1000 ? `${figure(ms / 1000)} s` : `${ms >= 100 ? figure(ms) : ms.toPrecision(2)} ms`;
}

/** MiB, for people. */
export function memory(mib: number): string {
  return mib === 0 ? "0" : `${mib >= 10 ? mib.toFixed(0) : mib.toFixed(1)} MiB`;
}
