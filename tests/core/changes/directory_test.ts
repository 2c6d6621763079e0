/** A plain directory in the place of the guarded file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SentinelError } from "../../../src/core/errors.ts";
import { BootSentinel } from "../../../src/system/boot_sentinel.ts";
import { memoryFs, memoryPorts } from "../../../src/testing.ts";

test("every command says how a directory becomes a release, and changes nothing", () => {
  const fs = memoryFs();
  fs.put("/opt/app/main.js", "");
  fs.put("/update", "#!2");
  const ports = memoryPorts(fs);
  const sentinel = new BootSentinel({ dataDir: "/state", exe: "/opt/app", isStarted: false }, ports);
  const before = fs.texts();
  const commands = {
    confirm: () => sentinel.confirmHealthy(),
    arm: () => sentinel.armForSwap("/opt/app", "2.0.0"),
    swap: () => sentinel.swap("/update", "2.0.0"),
    fail: () => sentinel.fail(),
    rollback: () => sentinel.rollback(),
  };
  for (const [name, command] of Object.entries(commands)) {
    assert.throws(command, (error) => {
      assert.ok(error instanceof SentinelError && error.code === "missing", name);
      assert.match(
        error.message,
        /it is a directory; nothing changed; .*boot-sentinel adopt \/opt\/app moves it/,
        name,
      );
      return true;
    });
  }
  assert.deepEqual(fs.texts(), before);
  const [problem] = sentinel.status().problems;
  assert.match(problem?.advice ?? "", /boot-sentinel adopt \/opt\/app moves it to \/opt\/app\.releases\/0/);
});
