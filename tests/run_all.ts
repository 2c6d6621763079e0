/**
 * The whole gate: types, lint, docs, then the same test files under both runtimes. The last line adds up what the two
 * runners counted.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = join(ROOT, "node_modules/.bin");

interface Result {
  readonly ok: boolean;
  readonly output: string;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Several times what the slowest one takes on two cores. What runs longer waits for something that never happens. */
const LIMIT_MS = 1_500_000;

const tool = (name: string, ...args: string[]) => (): Promise<Result> =>
  new Promise((done) => {
    const child = spawn(join(BIN, name), args, { cwd: ROOT, env: { ...process.env, NO_COLOR: "1" } });
    let output = "";
    const end = (ok: boolean, why = "") => {
      clearTimeout(timer);
      done({ ok, output: `${output}${why}` });
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      // Its children can hold the streams open.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      end(false, `\n${name} was stopped after ${LIMIT_MS / 1000} s; the last test named above did not end\n`);
    }, LIMIT_MS);
    child.stdout.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
    child.stderr.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
    child.on("error", (error) => end(false, String(error)));
    child.on("close", (code) => end(code === 0));
  });

async function check(title: string, run: () => Promise<Result>): Promise<boolean> {
  const { ok, output } = await run();
  console.log(`${ok ? "ok     " : "FAILED "} ${title}`);
  if (!ok) console.log(output);
  return ok;
}

/** The runners' own totals; a runner that says none has failed. */
function counts(title: string, { ok, output }: Result, patterns: Record<keyof Counts, RegExp>): Counts {
  const of = (pattern: RegExp) => Number(output.match(pattern)?.[1] ?? 0);
  const found = { passed: of(patterns.passed), failed: of(patterns.failed), skipped: of(patterns.skipped) };
  const failed = !ok || found.passed === 0 ? Math.max(1, found.failed) : found.failed;
  console.log(
    `${
      failed === 0 ? "ok     " : "FAILED "
    } ${title}: ${found.passed} passed, ${failed} failed, ${found.skipped} skipped`,
  );
  if (failed > 0) console.log(output);
  return { ...found, failed };
}

const tests = process.argv.length > 2 ? process.argv.slice(2) : ["tests"];
/**
 * Deno takes longer than Bun, since each command that a test starts compiles anew. Two processes share the work, so that
 * no processor idles while one of them ends alone.
 */
const denosParts = process.argv.length > 2 ? [tests] : parted(["cli", "service", "consumer"]);

/** The folders of tests, those named in a part of their own. */
function parted(slow: readonly string[]): string[][] {
  const folders = readdirSync(join(ROOT, "tests"), { withFileTypes: true });
  const all = folders.filter((one) => one.isDirectory() || one.name.endsWith("_test.ts")).map(({ name }) => name);
  const inPart = (isSlow: boolean) =>
    all.filter((name) => slow.includes(name) === isSlow).map((name) => `tests/${name}`);
  return [inPart(true), inPart(false)];
}

const checks = await Promise.all([
  check("tsc", tool("tsc", "-p", ".")),
  check("deno check", tool("deno", "check", "mod.ts", "build.ts", "build", "src", "tests")),
  check("deno lint", tool("deno", "lint", "mod.ts", "build.ts", "build", "src", "tests")),
  check(
    "deno fmt",
    tool(
      "deno",
      "fmt",
      "--check",
      "mod.ts",
      "build.ts",
      "build",
      "src",
      "tests",
      "README.md",
      "docs",
      "CONTRIBUTING.md",
      "CHANGELOG.md",
    ),
  ),
  check("deno doc --lint", tool("deno", "doc", "--lint", "mod.ts", "src/testing.ts", "src/cli.ts")),
  check("examples", tool("deno", "test", "--doc", "--allow-all", "--quiet", "mod.ts", "src", "README.md", "docs")),
  check("deno publish", tool("deno", "publish", "--dry-run", "--allow-dirty")),
]);
const [bun, ...deno] = await Promise.all([
  tool("bun", "test", "--timeout", "300000", ...tests)(),
  ...denosParts.map((part) => tool("deno", "test", "--allow-all", "--no-check", "--quiet", ...part)()),
]);
const totals = [
  ...deno.map((part, at) =>
    counts(`deno test ${denosParts[at]?.join(" ")}`, part, {
      passed: /\| (\d+) passed/,
      failed: /\| (\d+) failed/,
      skipped: /\| (\d+) ignored/,
    })
  ),
  counts("bun test", bun, { passed: /^\s*(\d+) pass$/m, failed: /^\s*(\d+) fail$/m, skipped: /^\s*(\d+) skip$/m }),
];
const sum = (key: keyof Counts) => totals.reduce((total, each) => total + each[key], 0);
const failed = sum("failed") + checks.filter((ok) => !ok).length;
const skipped = sum("skipped");
console.log(`${sum("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
