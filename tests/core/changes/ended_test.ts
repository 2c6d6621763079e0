/** How the boots of a build on probation ended, and what a rollback says of it. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endsText, withEnd } from "../../../src/core/changes/ended.ts";
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
      "loading\ncannot migrate\n",
    ]] as const
  ) {
    boot(ports, subject(invocation));
    const reports = bootReports(ports, subject(invocation));
    assert.equal(reports.ended(how, words, { invocation }), true);
    assert.equal(reports.ended(how, words, { invocation: "another" }), false, "it is not about the last boot");
  }
  boot(ports, subject("d"));
  const reason = "not confirmed in 3 boots: exit 1 ×2, SIGSEGV; last words: cannot migrate";
  const { rolledBack, quarantined } = sentinel.status();
  assert.deepEqual([rolledBack?.reason, quarantined[0]?.reason], [reason, reason]);
  const ended = sentinel.history().filter(({ event }) => event === "ended").map(({ reason }) => reason);
  assert.deepEqual(ended, ["exit 1", "exit 1", "SIGSEGV; last words: loading\\ncannot migrate\\n"]);
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
    sentinel = { ...sentinel, boot, ...withEnd({ ...sentinel, boot }, "exit 2") };
    sentinel = { ...sentinel, ...withEnd(sentinel, "exit 3") };
  }
  assert.equal(endsText(sentinel), "exit 3 ×10");
  assert.equal(endsText({}), "");
});
