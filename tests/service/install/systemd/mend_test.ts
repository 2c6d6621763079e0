/** What a drop-in mends. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mendsOf, startLimit, startsUntilRestored } from "../../../../src/service/install/systemd/mend.ts";

const NEEDS = { maxAttempts: 3, afterRollback: "run", gateMs: 75_000 } as const;
/** systemd's defaults, with the restarts that a rollback needs. */
const FINE = {
  Restart: "always",
  RestartPreventExitStatus: "",
  StartLimitBurst: "16",
  StartLimitIntervalUSec: "1min",
  TimeoutStartUSec: "1min 30s",
};

test("a start limit holds the failed starts and the one that restores, and one more when the gate exits after it", () => {
  assert.equal(startsUntilRestored(3, "run"), 4);
  assert.equal(startsUntilRestored(5, "exit"), 7);
  for (const attempts of [0, 1, 3, 10]) {
    assert.ok(startLimit(attempts, "exit").burst >= startsUntilRestored(attempts, "exit"));
  }
});

test("a unit that has all it needs is left alone", () => {
  assert.deepEqual(mendsOf(FINE, NEEDS), { unit: [], service: [], told: [] });
});

for (
  const [change, unit, service] of [
    [{ StartLimitBurst: "5", StartLimitIntervalUSec: "10s" }, ["StartLimitIntervalSec=60", "StartLimitBurst=16"], []],
    [{ StartLimitBurst: "0" }, [], []],
    [{ StartLimitBurst: "1", StartLimitIntervalUSec: "0" }, [], []],
    [{ Restart: "no" }, [], ["Restart=always"]],
    [{ Restart: "on-failure" }, [], ["Restart=always"]],
    [{ RestartPreventExitStatus: "78 SIGUSR1" }, [], ["RestartPreventExitStatus="]],
    [{ TimeoutStartUSec: "1s" }, [], ["TimeoutStartSec=75"]],
    [{ TimeoutStartUSec: "1min 15s" }, [], []],
    [{ TimeoutStartUSec: "infinity" }, [], []],
  ] as const
) {
  test(`${JSON.stringify(change)} is mended by ${[...unit, ...service].join(", ") || "nothing"}`, () => {
    const mends = mendsOf({ ...FINE, ...change }, NEEDS);
    assert.deepEqual([mends.unit, mends.service], [unit, service]);
    assert.equal(mends.told.length, Math.min(1, unit.length + service.length));
  });
}
