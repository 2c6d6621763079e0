/** The metrics, by Prometheus' conventions. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { metricsText } from "../../../src/service/events/metrics.ts";
import type { Status } from "../../../src/core/status.ts";
import { atSite, BAD } from "../../support/command_line.ts";

const promtool = spawnSync("promtool", ["--version"]).error === undefined;

const value = (text: string, sample: RegExp) => Number(text.match(new RegExp(`^${sample.source} (\\S+)$`, "m"))?.[1]);
const counted = (text: string, event: string) =>
  value(text, new RegExp(`boot_sentinel_events_total\\{.*event="${event}"\\}`));

test("the metrics follow a rollback, and count on from one process to the next", async () => {
  await atSite(async ({ dir, call, callWith, exe, file }) => {
    const path = join(dir, "app.prom");
    const metrics = ["--metrics-file", path];
    await call("confirm", ...metrics);
    await call("swap", file("bad", BAD), "--to", "2.0.0", ...metrics);
    await call("check", ...metrics);
    const probation = readFileSync(path, "utf8");
    assert.equal(value(probation, /boot_sentinel_state\{.*state="probation"\}/), 1);
    assert.equal(value(probation, /boot_sentinel_attempts\{[^}]*\}/), 1);
    assert.equal(statSync(path).mode & 0o777, 0o644, "the collector is another user");
    for (let boot = 2; boot <= 4; boot++) await call("check", ...metrics);
    const text = readFileSync(path, "utf8");
    assert.equal(counted(text, "attempt"), 3);
    assert.equal(counted(text, "rolled-back"), 1);
    assert.equal(counted(text, "degraded"), 0);
    assert.equal(value(text, /boot_sentinel_quarantined_builds\{[^}]*\}/), 1);
    assert.ok(value(text, /boot_sentinel_last_event_timestamp_seconds\{.*event="rolled-back"\}/) > 1.6e9);
    assert.ok(!readdirSync(dir).includes("app.prom.tmp"));
    // A boot with nothing to tell still says that it was there.
    rmSync(path);
    await callWith({}, "run", "--exe", exe, ...metrics, "--", exe);
    assert.equal(value(readFileSync(path, "utf8"), /boot_sentinel_state\{.*state="rolled-back"\}/), 1);
  });
});

test("metrics that cannot be written keep nobody from anything", async () => {
  await atSite(async ({ dir, call }) => {
    const { code, log } = await call("check", "--metrics-file", join(dir, "nowhere/app.prom"));
    assert.equal(code, 0);
    assert.match(log.join("\n"), /Cannot report an event .*nowhere.*; the service goes on/);
  });
});

const status: Status = {
  schema: 1,
  exe: 'C:\\srv\\"app"\n.exe',
  dataDir: "/d",
  live: { version: "1", digest: "", size: 1, startable: true },
  state: "steady",
  pending: null,
  lastGood: { version: "1", digest: "", size: 1, takenAt: "2026-11-25T00:00:00.000Z", proven: true },
  generations: [],
  rolledBack: null,
  quarantined: [],
  watcher: null,
  problems: [],
};

test("promtool has nothing to say about the metrics", {
  skip: promtool ? false : "promtool is missing: apt-get install prometheus",
}, () => {
  const text = metricsText(status, { counts: new Map([["attempt", 2]]), lastTimes: new Map([["attempt", 1e9]]) }, 1e9);
  const { status: code, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  assert.match(text, /exe="C:\\\\srv\\\\\\"app\\"\\n\.exe"/);
});
