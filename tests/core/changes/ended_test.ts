/** How the boots of a build on probation ended, and what a rollback says of it. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { endedBoot, endsText, withEnd } from "../../../src/core/changes/ended.ts";
import { bootReports } from "../../../src/core/changes/reports.ts";
import { boot } from "../../../src/core/gate/boot.ts";
import { subjectOf } from "../../../src/core/sentinel_options.ts";
import type { Sentinel } from "../../../src/core/state/schemas.ts";
import { DATA, DOWNLOAD, EXE, freshMachine, portsOver, sentinelOver } from "../../support/disk/world.ts";

test("a rollback says how the boots ended, and the last words", () => {
  const fs = freshMachine();
  const sentinel = sentinelOver(fs);
  sentinel.confirmHealthy();
  fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
  sentinel.swap(DOWNLOAD, "2.0.0");
  const ports = portsOver(fs);
  const subject = (invocation: string) => ({ ...subjectOf({ exe: EXE, dataDir: DATA }), invocation });
  for (
    const [invocation, how, words] of [["a", "exit 1"], ["b", "exit 1"], [
      "c",
      "SIGSEGV",
      ["loading", "\x1b[31mcannot migrate"],
    ]] as const
  ) {
    boot(ports, subject(invocation));
    const reports = bootReports(ports, subject(invocation));
    assert.equal(reports.ended(how, words, { invocation }), true);
    assert.equal(reports.ended(how, words, { invocation: "another" }), false, "it is not about the last boot");
  }
  boot(ports, subject("d"));
  const reason = "not confirmed in 3 boots: exit 1 ×2, SIGSEGV; last words: \\x1b[31mcannot migrate";
  const { rolledBack, quarantined } = sentinel.status();
  assert.deepEqual([rolledBack?.reason, quarantined[0]?.reason], [reason, reason]);
  const ends = [
    { boot: 1, how: "exit 1" },
    { boot: 2, how: "exit 1" },
    { boot: 3, how: "SIGSEGV", words: ["loading", "\\x1b[31mcannot migrate"] },
  ];
  assert.deepEqual(quarantined[0]?.ends, ends, "they survive the rollback");
  assert.deepEqual(sentinel.history().find(({ event }) => event === "rolled-back")?.ends, ends);
  assert.deepEqual(sentinel.history().findLast(({ event }) => event === "ended")?.ends, ends.slice(-1));
  const ended = sentinel.history().filter(({ event }) => event === "ended").map(({ reason }) => reason);
  assert.deepEqual(ended, ["exit 1", "exit 1", "SIGSEGV; last words: \\x1b[31mcannot migrate"]);
});

test("a missed deadline is an end, and an attempt that does not count is none", () => {
  const fs = freshMachine();
  const sentinel = sentinelOver(fs, undefined, { watched: true });
  sentinel.confirmHealthy();
  fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
  sentinel.swap(DOWNLOAD, "2.0.0");
  const reports = bootReports(portsOver(fs), { ...subjectOf({ exe: EXE, dataDir: DATA }), watched: true });
  const { token } = sentinel.boot();
  assert.ok(token !== undefined);
  reports.unhealthy(token, "not healthy after 120 s: tcp://x: refused");
  assert.equal(reports.ended("SIGTERM"), false, "it is told already why this boot counts");
  assert.equal(reports.ended("SIGTERM", ["waiting for the disk"]), true, "what it wrote is not told yet");
  assert.deepEqual(sentinel.status().pending?.ends, [
    { boot: 1, how: "not healthy after 120 s: tcp://x: refused", words: ["waiting for the disk"] },
  ]);
  assert.equal(
    sentinel.history().at(-1)?.reason,
    "SIGTERM after its deadline; last words: waiting for the disk",
  );
  sentinel.boot();
  reports.stopped("on request");
  assert.equal(reports.ended("exit 0"), false);
  assert.match(
    fs.texts()[`${DATA}/.boot-sentinel.json`] ?? "",
    /"ends":\[\{"boot":1,"how":"not healthy after 120 s[^}]*\}\]/,
  );
});

test("ten ends are kept, and one boot has one", () => {
  let sentinel: Sentinel = { version: "2", attempts: 0, boot: 0 };
  for (let boot = 1; boot <= 12; boot++) {
    sentinel = { ...sentinel, boot, ends: withEnd({ ...sentinel, boot }, "exit 2").ends };
    sentinel = { ...sentinel, ends: withEnd(sentinel, "exit 3", [`line of ${boot}`]).ends };
  }
  assert.equal(endsText(sentinel), "exit 3 ×10; last words: line of 12");
  assert.deepEqual(sentinel.ends?.flatMap(({ words = [] }) => words), ["line of 10", "line of 11", "line of 12"]);
  assert.equal(endsText({}), "");
});

test("of a boot 20 lines and 4 KiB are kept, in whole characters", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary", maxLength: 1500, size: "max" }), { maxLength: 30, size: "max" }),
      (lines) => {
        const words = withEnd({ version: "2", attempts: 1, boot: 1 }, "exit 1", lines).own.words ?? [];
        const text = words.map((line) => `${line}\n`).join("");
        assert.ok(words.length <= 20 && new TextEncoder().encode(text).length <= 4096);
        assert.ok(text.isWellFormed());
        // deno-lint-ignore no-control-regex
        assert.ok(words.every((line) => !/[\u0000-\u001f\u007f-\u009f]/.test(line)));
        assert.equal(words.length > 0, lines.some((line) => line.trim() !== ""), "the last line is always kept");
      },
    ),
    { endOnFailure: true }, // to shrink such long texts takes minutes
  );
  const many = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  assert.deepEqual(withEnd({ version: "2", attempts: 1, boot: 1 }, "exit 1", many).own.words, many.slice(-20));
  const long = withEnd({ version: "2", attempts: 1, boot: 1 }, "exit 1", ["first", "é".repeat(5000)]).own.words;
  assert.deepEqual(long?.map((line) => [line.length, line.at(-1)]), [[2047, "…"]]);
});

test("the sentinel and the quarantine stay within what is read, however long the words are", () => {
  const fs = freshMachine();
  const sentinel = sentinelOver(fs);
  sentinel.confirmHealthy();
  const ports = portsOver(fs);
  const lines = Array.from({ length: 20 }, () => '"'.repeat(300));
  for (let build = 2; build < 32; build++) {
    fs.put(DOWNLOAD, `#!build ${build}.0.0`, 0o755);
    sentinel.swap(DOWNLOAD, `${build}.0.0`);
    for (let at = 0; at < 3; at++) {
      boot(ports, subjectOf({ exe: EXE, dataDir: DATA }));
      bootReports(ports, subjectOf({ exe: EXE, dataDir: DATA })).ended("exit 1", lines);
    }
    assert.equal(sentinel.status().pending?.ends?.length, 3);
    boot(ports, subjectOf({ exe: EXE, dataDir: DATA }));
  }
  const { quarantined } = sentinel.status();
  assert.deepEqual([quarantined.length, quarantined.filter(({ ends }) => ends !== undefined).length], [30, 10]);
  assert.equal(quarantined.at(-1)?.ends?.at(-1)?.words?.at(-1), '"'.repeat(300));
});

test("the line in the reason is the last one that names an error, not the version that a runtime adds", () => {
  const words = ["Error: cannot find the database", "    at main (/opt/app/app.js:1:7)", "Node.js v20.20.2"];
  assert.equal(
    endsText({ ends: [endedBoot(1, "exit 1", words)] }),
    "exit 1; last words: Error: cannot find the database",
  );
  assert.equal(endsText({ ends: [endedBoot(1, "exit 1", ["one", "two"])] }), "exit 1; last words: two");
});
