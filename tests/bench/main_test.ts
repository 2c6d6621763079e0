/** The benchmark as a program. @module */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { compiledSentinel } from "../support/compiled.ts";
import { lacks } from "../support/mounts.ts";
import { runProcess, scriptWords } from "../support/sentinel_process.ts";
import { inTempDir } from "../support/temp.ts";
import type { Results } from "./results.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const skip = process.platform !== "linux" ? "it runs on Linux only" : lacks("cc");

/** Runs it with `TMPDIR` in a directory of its own, so that what it leaves behind is seen. */
function bench(args: readonly string[], scratch: string) {
  const [program = "", ...words] = scriptWords(MAIN);
  const env = { TMPDIR: scratch, SENTINEL_UNDER_TEST: compiledSentinel(), BENCH_PEER: "", BENCH_PM2: "" };
  return runProcess(program, [...words, ...args], { env });
}

/** Processes of a benchmark whose directory is in `scratch`. */
const children = (scratch: string) =>
  readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "utf8").includes(`BENCH_PLACE=${scratch}`);
    } catch {
      return false;
    }
  });

for (const suite of ["steady", "managers"]) {
  test(`bench --rounds 1 --only ${suite} writes JSON and a chart, and leaves nothing behind`, { skip }, () => {
    inTempDir((scratch) => {
      const out = join(scratch, "out");
      const { code, stdout, stderr } = bench(["--rounds", "1", "--only", suite, "--out", out], scratch);
      assert.equal(code, 0, stderr);
      const results: Results = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
      assert.equal(results.schema, 1);
      assert.deepEqual(results.tables.map((table) => table.suite), [suite]);
      const [table] = results.tables;
      for (const name of ["started directly", "boot-sentinel"]) {
        const stat = table?.rows.find((row) => row.name === name)?.stats["ms"];
        assert.ok(stat !== undefined && stat.median > 0 && stat.rounds === 1, `${name}: ${stdout}`);
      }
      assert.match(stdout, /^not measured: reference \(Rust\): not built here/m);
      assert.match(readFileSync(join(out, "results.svg"), "utf8"), /^<svg /);
      assert.deepEqual(readdirSync(scratch).filter((name) => name.startsWith("boot-sentinel-bench-")), []);
      assert.deepEqual(children(scratch), []);
    });
  });
}

test("bench refuses what it does not know", { skip }, () => {
  inTempDir((scratch) => {
    for (const args of [["--only", "nothing"], ["--rounds", "0"], ["--rounds", "many"], ["word"]]) {
      const { code, stderr } = bench(args, scratch);
      assert.equal(code, 64, args.join(" "));
      assert.match(stderr, /--only one of steady, armed, growth, managers, size, releases, trees, recovery, windows/);
    }
  });
});
