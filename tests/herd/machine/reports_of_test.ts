/** What a machine reports of its builds. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reportsOf } from "../../../src/herd/machine/reports_of.ts";
import type { Wanted } from "../../../src/herd/machine/herd_file.ts";
import { State } from "../../../src/core/state/state.ts";
import { memoryFs, memoryPorts } from "../../../src/testing.ts";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import { digestOf } from "../../support/herd/reports.ts";

/** A program with a confirmed build, in memory. */
function machine() {
  const fs = memoryFs();
  fs.put("/app", "#!1.0.0", 0o755);
  const options = { exe: "/app", dataDir: "/state", maxAttempts: 2, watched: true };
  new CoreSentinel({ ...options, version: "1.0.0" }, memoryPorts(fs)).confirmHealthy();
  const sentinel = new CoreSentinel(options, memoryPorts(fs));
  const swap = (version: string) => {
    fs.put("/update", `#!${version}`, 0o755);
    sentinel.swap("/update", version);
  };
  const told = (wanted: readonly Wanted[] = []) => {
    const reports = reportsOf(new State(sentinel.ports, sentinel.subject), wanted, { host: "web-1" });
    return [...reports.values()].map(({ version, outcome, environment }) =>
      [version, outcome, ...environment === undefined ? [] : [environment]].join(" ")
    );
  };
  return { fs, sentinel, swap, told };
}

test("the confirmed build, the one on probation and one that is wanted are reported", () => {
  const { swap, told } = machine();
  assert.deepEqual(told(), ["1.0.0 confirmed"]);
  swap("2.0.0");
  const wanted = { digest: digestOf("3"), version: "3.0.0", at: 0 };
  assert.deepEqual(told([wanted]), ["2.0.0 probation", "1.0.0 confirmed", "3.0.0 waiting"]);
});

test("while a build is armed and not in place yet, the older one is not reported under its version", () => {
  const { fs, sentinel, told } = machine();
  sentinel.armForSwap("/app", "2.0.0");
  assert.deepEqual(told(), ["1.0.0 confirmed"]);
  fs.put("/app", "#!2.0.0", 0o755);
  assert.deepEqual(told(), ["2.0.0 probation", "1.0.0 confirmed"]);
});

test("a build that was rolled back is reported with why, and with whether what was put back works", () => {
  const { sentinel, swap, told } = machine();
  swap("2.0.0");
  for (let boot = 0; boot < 3; boot++) {
    sentinel.boot();
    sentinel.reportEnded("exit 1", ["cannot migrate"]);
  }
  assert.deepEqual(told(), ["2.0.0 failed", "1.0.0 confirmed"]);
  const [failed] = reportsOf(new State(sentinel.ports, sentinel.subject), [], { host: "web-1" }).values();
  assert.match(failed?.reason ?? "", /exit 1/);
  assert.deepEqual([failed?.lastWords, failed?.attempts, failed?.host], ["cannot migrate", 2, "web-1"]);
  sentinel.boot();
  const token = sentinel.openToken();
  assert.ok(token !== undefined);
  sentinel.reportHealthy(token);
  assert.deepEqual(told(), ["2.0.0 failed false", "1.0.0 confirmed"]);
});

test("where what was put back fails as well, the environment is reported", () => {
  const { sentinel, swap, told } = machine();
  swap("2.0.0");
  for (let boot = 0; boot < 7; boot++) sentinel.boot();
  assert.deepEqual(told(), ["2.0.0 failed true", "1.0.0 confirmed"]);
});

test("a build that somebody quarantined by hand is no failure of this machine", () => {
  const { sentinel, told } = machine();
  sentinel.quarantine("9.0.0", { digest: digestOf("9") });
  assert.deepEqual(told(), ["1.0.0 confirmed"]);
});

test("builds that were confirmed one after the other while the herd was away are all reported", () => {
  const { sentinel, swap, told } = machine();
  for (const version of ["2.0.0", "3.0.0"]) {
    swap(version);
    sentinel.boot();
    sentinel.confirmHealthy();
  }
  assert.deepEqual(told(), ["3.0.0 confirmed", "2.0.0 confirmed", "1.0.0 confirmed"]);
});
