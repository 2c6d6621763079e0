/** How messages are written. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { sentinelWords } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";

interface Wording {
  readonly stdout: string;
  readonly stderr: string;
}

/** A boot on probation; its standard error is a file, as the journal's stream is one. */
function bootOnProbation(env: (stream: string) => Record<string, string>, ...flags: string[]): Wording {
  return inTempDir((dir) => {
    const exe = join(dir, "app");
    writeFileSync(exe, "#!/bin/sh\necho served\n", { mode: 0o755 });
    writeFileSync(join(dir, ".boot-sentinel.json"), '{"version":"2.0.0","attempts":0}');
    const path = join(dir, "stderr");
    const fd = openSync(path, "w");
    try {
      const { dev, ino } = fstatSync(fd, { bigint: true });
      const [program = "", ...words] = sentinelWords();
      const { stdout } = spawnSync(program, [...words, "run", ...flags, "--", exe], {
        stdio: ["ignore", "pipe", fd],
        env: { ...process.env, JOURNAL_STREAM: "", ...env(`${dev}:${ino}`) },
        encoding: "utf8",
      });
      return { stdout, stderr: readFileSync(path, "utf8") };
    } finally {
      closeSync(fd);
    }
  });
}

const nothing = () => ({});

test("messages are text; standard output is the service's alone", () => {
  const { stdout, stderr } = bootOnProbation(nothing, "--verbose");
  assert.equal(stdout, "served\n");
  assert.equal(stderr, "boot-sentinel: 2.0.0 is on probation: attempt 1 of 3\n");
});

test("messages carry priorities when standard error is the journal, and only then", () => {
  const journal = bootOnProbation((stream) => ({ JOURNAL_STREAM: stream }));
  assert.equal(journal.stderr, "<6>boot-sentinel: 2.0.0 is on probation: attempt 1 of 3\n");
  const redirected = bootOnProbation(() => ({ JOURNAL_STREAM: "1:1" }));
  assert.ok(!redirected.stderr.includes("<6>"));
  const wished = bootOnProbation((stream) => ({ JOURNAL_STREAM: stream }), "--log-format", "text");
  assert.ok(!wished.stderr.includes("<6>"));
});

test("a warning is a warning to the journal", () => {
  const wrong = (stream: string) => ({ JOURNAL_STREAM: stream, BOOT_SENTINEL_KEEP: "many" });
  assert.match(bootOnProbation(wrong).stderr, /^<4>boot-sentinel: Cannot use BOOT_SENTINEL_KEEP/m);
});

test("messages are JSON when asked for", () => {
  const { stderr } = bootOnProbation(() => ({ BOOT_SENTINEL_LOG_FORMAT: "json" }));
  const { time, ...message } = JSON.parse(stderr);
  assert.ok(Date.parse(time) > 0);
  assert.deepEqual(message, {
    level: "info",
    program: "boot-sentinel",
    message: "2.0.0 is on probation: attempt 1 of 3",
  });
});

test("quiet leaves warnings, and verbose adds what is done on the way", () => {
  assert.equal(bootOnProbation(nothing, "--quiet").stderr, "");
  const hooked = (...flags: string[]) => bootOnProbation(nothing, "--hook", "true", ...flags).stderr;
  assert.ok(!hooked().includes("Hook done"));
  assert.match(hooked("--verbose"), /Hook done: true/);
});
