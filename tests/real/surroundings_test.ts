/** The gate starts the program whatever it is started with, and waits for nothing that does not come. @module */
import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { lacks, must as tool } from "../support/mounts.ts";
import { onPosix } from "../support/scripts.ts";
import { type Ended, type ProcessOptions, runProcess, sentinel } from "../support/sentinel_process.ts";
import { BAD, script, type Site, site } from "../support/site.ts";

const test = onPosix("its surroundings are those of Linux");

/** Far longer than a start takes; a gate that waits for ever is ended by it. */
const LIMIT_MS = 60_000;

function run({ exe, dir }: Site, options: readonly string[] = [], how: ProcessOptions = {}): Ended {
  const args = ["run", "--data-dir", dir, "--confirm", "manual", ...options, "--", exe];
  return sentinel(args, { timeoutMs: LIMIT_MS, ...how });
}

function pipe(path: string): string {
  tool("mkfifo", path);
  return path;
}

const skipPipes = lacks("mkfifo");

const PIPES: readonly (readonly [what: string, options: (site: Site) => string[]])[] = [
  ["the configuration", ({ dir }) => ["--config", pipe(join(dir, "config.json"))]],
  ["the metrics file", ({ dir }) => ["--metrics-file", pipe(join(dir, "metrics.prom"))]],
  ["the event of an after-rollback hook", ({ dir }) => {
    pipe(join(dir, ".boot-rollback-hook.json"));
    return ["--after-rollback-hook", "true"];
  }],
  ["the history", ({ dir }) => {
    rmSync(join(dir, ".boot-history.jsonl"), { force: true });
    pipe(join(dir, ".boot-history.jsonl"));
    return [];
  }],
  ["the sentinel", ({ dir }) => {
    rmSync(join(dir, ".boot-sentinel.json"));
    pipe(join(dir, ".boot-sentinel.json"));
    return [];
  }],
  ["the record", ({ dir }) => {
    rmSync(join(dir, ".boot-record.json"));
    pipe(join(dir, ".boot-record.json"));
    return [];
  }],
  ["last-good, without a record", ({ dir, exe }) => {
    rmSync(join(dir, ".boot-record.json"));
    rmSync(`${exe}.last-good`);
    pipe(`${exe}.last-good`);
    return [];
  }],
  ["the marker", ({ exe }) => {
    pipe(`${exe}.boot-sentinel`);
    return [];
  }],
  ["the lock", ({ dir }) => {
    rmSync(join(dir, ".boot-sentinel.lock"), { force: true });
    pipe(join(dir, ".boot-sentinel.lock"));
    return [];
  }],
];

for (const [what, options] of PIPES) {
  test(`the program is started although a pipe, which nobody writes to, is in the place of ${what}`, {
    skip: skipPipes,
  }, () => {
    site((one) => {
      one.must("confirm");
      one.must("swap", one.file("v2", script("echo two")), "--to", "2.0.0");
      assert.equal(run(one, options(one)).stdout, "two\n");
    });
  });
}

/** Standard error as a pipe that is full, and that nobody reads. The shell holds its other end. */
function fullPipe({ dir }: Site, blocks: boolean): string[] {
  const path = pipe(join(dir, "full"));
  const fill = blocks
    ? `dd if=/dev/zero of='${path}' bs=4096 oflag=nonblock 2>/dev/null`
    : "dd if=/dev/zero bs=4096 oflag=nonblock >&3 2>/dev/null"; // it leaves the pipe non-blocking
  return ["/bin/sh", "-c", `exec 3<>'${path}'; ${fill}; exec 2>&3; exec "$@"`, "sh"];
}

for (const blocks of [true, false]) {
  const which = blocks ? "a full pipe" : "a full pipe that does not block";
  test(`the program is started, and a bad build rolled back, although standard error is ${which}`, {
    skip: lacks("mkfifo", "dd"),
  }, () => {
    site((one) => {
      one.must("confirm");
      const under = fullPipe(one, blocks);
      assert.equal(run(one, [], { under }).stdout, "good\n");
      one.must("swap", one.file("v2", BAD), "--to", "2.0.0");
      for (let attempt = 1; attempt <= 3; attempt++) assert.equal(run(one, [], { under }).code, 1, "the program's own");
      assert.equal(run(one, [], { under }).stdout, "good\n");
    });
  });
}

test("a command says what it has done, and ends, although standard error is a full pipe", {
  skip: lacks("mkfifo", "dd"),
}, () => {
  site((one) => {
    const args = ["confirm", "--verbose", "--exe", one.exe, "--data-dir", one.dir];
    const { code, stdout } = sentinel(args, { under: fullPipe(one, true), timeoutMs: LIMIT_MS });
    assert.equal(code, 0);
    assert.match(stdout, /last-good/);
  });
});

/** What some service managers and shells leave behind. */
const IGNORED = ["env", "--ignore-signal=CHLD"];

// Not every shell can do it: dash resets it.
const skipIgnored = process.platform === "linux" && runProcess("true", [], { under: IGNORED }).code !== 0 &&
  "this env cannot ignore signals";

test("a hook runs and its end is known although the parent ignores SIGCHLD", { skip: skipIgnored }, () => {
  site((one) => {
    const confirm = (hook: string, ...words: string[]) => {
      const args = [...words, "--hook", hook, "--exe", one.exe, "--data-dir", one.dir];
      return sentinel(args, { under: IGNORED, timeoutMs: LIMIT_MS });
    };
    const ran = join(one.dir, "ran");
    assert.deepEqual(confirm(`cat > ${ran}`, "confirm").stderr, "");
    assert.ok(one.call("history").stdout.length > 0);
    assert.equal(tool("grep", "-c", '"event":"confirmed"', ran), "1\n");
    assert.match(confirm("exit 7", "quarantine", "add", "9").stderr, /exit code 7/);
    const refused = sentinel(
      [
        "swap",
        one.file("v2", BAD),
        "--to",
        "2.0.0",
        "--before-swap",
        "exit 3",
        "--exe",
        one.exe,
        "--data-dir",
        one.dir,
      ],
      { under: IGNORED, timeoutMs: LIMIT_MS },
    );
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /exit code 3/);
  });
});

test(
  "an exec: probe passes and fails as its command does although the parent ignores SIGCHLD",
  { skip: skipIgnored },
  () => {
    site((one) => {
      const confirm = (probe: string, deadline: string) => {
        const wait = ["--wait", "--pid", String(process.pid), "--probe", probe, "--probe-interval", "100ms"];
        const times = ["--healthy-after", "100ms", "--healthy-deadline", deadline];
        const args = ["confirm", ...wait, ...times, "--exe", one.exe, "--data-dir", one.dir];
        return sentinel(args, { under: IGNORED, timeoutMs: LIMIT_MS });
      };
      const failed = confirm("exec:exit 1", "1s");
      assert.equal(failed.code, 1, failed.stderr);
      const passed = confirm("exec:exit 0", "30s");
      assert.equal(passed.code, 0, passed.stderr);
    });
  },
);

test("--supervise ends with the program's own code although the parent ignores SIGCHLD", { skip: skipIgnored }, () => {
  site((one) => {
    renameSync(one.file("new", script("echo up; exit 5")), one.exe);
    const { code, stdout, stderr } = run(one, ["--supervise"], { under: IGNORED });
    assert.equal(code, 5, stderr);
    assert.equal(stdout, "up\n");
  });
});
