import assert from "node:assert/strict";
import { test } from "node:test";
import { decideRestart, type RunEnd } from "../../../src/service/supervise/restart_policy.ts";

const crashed: RunEnd = { exitCode: 1, requested: false, ranMs: 10, restarts: 0 };

test("decideRestart() never starts a program again whose end was requested", () => {
  for (const policy of ["on-failure", "always", "never"] as const) {
    assert.deepEqual(decideRestart(policy, { ...crashed, requested: true }), { kind: "end" });
  }
});

test("decideRestart() with on-failure takes 0 for a good end and all else for a failure", () => {
  assert.deepEqual(decideRestart("on-failure", { ...crashed, exitCode: 0 }), { kind: "end" });
  for (const exitCode of [1, 127, 0xc0000005]) {
    assert.equal(decideRestart("on-failure", { ...crashed, exitCode }).kind, "restart");
  }
});

test("decideRestart() with always also restarts after 0, with never not even after a crash", () => {
  assert.equal(decideRestart("always", { ...crashed, exitCode: 0 }).kind, "restart");
  assert.deepEqual(decideRestart("never", crashed), { kind: "end" });
});

test("decideRestart() doubles the pause up to the longest", () => {
  const pauses: number[] = [];
  let restarts = 0;
  for (let i = 0; i < 9; i++) {
    const decision = decideRestart("on-failure", { ...crashed, restarts });
    assert.ok(decision.kind === "restart");
    pauses.push(decision.delayMs);
    restarts = decision.restarts;
  }
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test("decideRestart() begins anew after a long run", () => {
  const decision = decideRestart("on-failure", { ...crashed, restarts: 7, ranMs: 60_000 });
  assert.deepEqual(decision, { kind: "restart", delayMs: 1000, restarts: 1 });
});

test("decideRestart() always names a finite pause", () => {
  const decision = decideRestart("always", { ...crashed, restarts: 5000 }, { firstMs: 0 });
  assert.deepEqual(decision, { kind: "restart", delayMs: 0, restarts: 5001 });
});
