/** The status for people. @module */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { statusView } from "../../../src/cli/output/status_view.ts";
import { ago, bytes, painter } from "../../../src/cli/output/format.ts";
import type { Problem } from "../../../src/core/problem.ts";
import type { Status } from "../../../src/core/status.ts";
import { atSite, BAD, type Site } from "../../support/command_line.ts";

const ESC = "\x1b";

const NOW = Date.UTC(2026, 10, 25, 12);
const digest = "ab".repeat(32);

const probation: Status = {
  schema: 1,
  exe: "/opt/app/server",
  dataDir: "/var/lib/app",
  live: { version: "2.0.0", digest, size: 104857600, startable: true },
  state: "probation",
  pending: { version: "2.0.0", attempts: 2, maxAttempts: 3 },
  lastGood: { version: "1.9.0", digest, size: 4096, takenAt: "2026-11-22T12:00:00.000Z", proven: true },
  generations: [{ version: "1.8.0", digest, size: 12, takenAt: "" }],
  rolledBack: null,
  data: null,
  quarantined: [{ version: "1.9.1", digest, reason: "not confirmed", attempts: 4, time: "2026-11-25T11:00:00.000Z" }],
  watcher: { pid: 4242, since: "2026-11-25T11:59:00.000Z", until: "2026-11-25T12:04:00.000Z" },
  problems: [{ code: "degraded", text: "Something is wrong", advice: "fix it" }],
};

test("of a state that may not be read, nothing is said of last-good", () => {
  const unseen = { ...probation, state: "unseen" as const, lastGood: { ...probation.lastGood, proven: false } };
  const text = statusView(unseen as typeof probation, NOW, painter(false));
  assert.match(text, /^last-good {3}cannot be seen$/m);
  assert.doesNotMatch(text, /never confirmed/);
});

test("the status names what the watcher waits for", () => {
  const watcher = { pid: 4242, since: "2026-11-25T11:59:00.000Z", until: "2026-11-25T12:04:00.000Z", forConfirm: true };
  assert.match(
    statusView({ ...probation, watcher }, NOW, painter(false)),
    /^watcher {5}process 4242 {2}waits for boot-sentinel confirm until 2026-11-25 12:04:00 UTC$/m,
  );
});

test("the status is a table that says what, since when, how big, and why", () => {
  assert.equal(
    statusView(probation, NOW, painter(false)),
    `program     /opt/app/server
state       probation  the live build is not confirmed yet
live        2.0.0  100 MiB
probation   2.0.0  boot 2 of 3  ●●○
watcher     process 4242  waits for a healthy build until 2026-11-25 12:04:00 UTC
last-good   1.9.0  abababababab  4.0 KiB  kept 3 d ago
older       1.8.0  abababababab  12 B
quarantine  1.9.1  abababababab  1 h ago: not confirmed
problem     Something is wrong; fix it
            manual: "How a boot is judged", docs/boot.md
`,
  );
});

test("the status says why nobody watches a build on probation", () => {
  const row = (attempts: number) => {
    const pending = { version: "2.0.0", attempts, maxAttempts: 3 };
    const text = statusView({ ...probation, pending, watcher: null }, NOW, painter(false));
    return text.split("\n").find((line) => line.startsWith("watcher"));
  };
  assert.equal(row(0), "watcher     none: no start was counted yet: restart the service");
  assert.equal(row(1), "watcher     none: the service is down, or has to be confirmed by boot-sentinel confirm");
});

test("every problem says what to do about it", async () => {
  const told = async (make: (site: Site) => unknown): Promise<Problem[]> => {
    let problems: Problem[] = [];
    await atSite(async (site) => {
      await site.call("confirm", "--app-version", "1.0.0");
      await make(site);
      ({ problems } = JSON.parse((await site.call("status", "--json")).stdout));
    });
    return problems;
  };
  const record = (dir: string) => join(dir, ".boot-record.json");
  const faults: readonly (readonly [code: string, make: (site: Site) => unknown])[] = [
    ["state-corrupt", ({ dir }) => writeFileSync(record(dir), "{")],
    ["state-unusable", ({ dir }) => writeFileSync(record(dir), '{"schema":99}')],
    ["state-unusable", ({ dir }) => (rmSync(record(dir)), mkdirSync(record(dir)))],
    ["program-unstartable", ({ exe }) => writeFileSync(exe, "no program")],
    ["last-good-missing", ({ exe }) => (writeFileSync(exe, ""), rmSync(`${exe}.last-good`))],
    ["last-good-unusable", ({ exe }) => writeFileSync(`${exe}.last-good`, "torn")],
    ["degraded", async ({ exe, call, file }) => {
      rmSync(`${exe}.last-good`);
      await call("arm", "2.0.0");
      rmSync(`${exe}.last-good`);
      writeFileSync(exe, file("bad", BAD));
      await call("fail");
    }],
  ];
  for (const [code, make] of faults) {
    const problems = await told(make);
    assert.ok(problems.some((problem) => problem.code === code), `${code}: ${JSON.stringify(problems)}`);
    for (const { advice } of problems) {
      assert.match(advice, /^(look|inspect|check|fix|install|confirm|use|the next boot)/);
    }
  }
});

test("colours are for terminals that want them", () => {
  assert.ok(statusView(probation, NOW, painter(true)).includes(`${ESC}[33mprobation${ESC}[0m`));
  assert.ok(!statusView(probation, NOW, painter(false)).includes("\x1b"));
});

test("ages and sizes are in words", () => {
  assert.equal(ago("2026-11-25T11:59:18.000Z", NOW), "42 s ago");
  assert.equal(ago("2026-11-25T13:00:00.000Z", NOW), "in the future: the clock was set back");
  assert.equal(ago("yesterday", NOW), "at an unknown time");
  assert.deepEqual([0, 1023, 1024, 1536, 1 << 30].map(bytes), ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 GiB"]);
});

test("status --watch draws in place on a terminal, and only when something changed", async () => {
  await atSite(async ({ exe, callWith, call, file }) => {
    await call("confirm", "--app-version", "1.0.0");
    const bad = file("bad", BAD);
    let looks = 0;
    const { code, stdout } = await callWith(
      {
        terminal: true,
        sleep: () => {
          looks++;
          if (looks === 3) writeFileSync(exe, bad);
          return looks === 6 ? "end" : undefined;
        },
      },
      "status",
      "--watch",
      "--exe",
      exe,
    );
    assert.equal(code, 0);
    assert.equal(stdout.split("\x1b[H").length - 1, 2);
    assert.ok(!stdout.includes("\x1b[2J"), "clearing the screen would flicker");
    assert.ok(stdout.includes(`${ESC}[K\n`) && stdout.endsWith(`${ESC}[J`));
  });
});
