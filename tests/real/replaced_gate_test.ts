/** The executable of boot-sentinel itself is removed or replaced while it runs. @module */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { compiledSentinel } from "../support/compiled.ts";
import { inTempDir } from "../support/temp.ts";

const skip = process.platform === "linux" ? false : "needs /proc";

test("a boot is watched although the executable is gone from its path", { skip }, () =>
  inTempDir(async (dir) => {
    const gate = join(dir, "boot-sentinel");
    copyFileSync(compiledSentinel(), gate);
    const app = join(dir, "app");
    writeFileSync(app, "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
    const options = ["--probe", "uptime:0s", "--healthy-after", "0s", "--probe-interval", "50ms", "--data-dir", dir];
    const script = 'exec 9<"$0"; rm "$0"; exec /proc/self/fd/9 "$@"';
    const service = spawn("sh", ["-c", script, gate, "run", ...options, "--", app], { stdio: "ignore" });
    try {
      // It is gone once the watcher has nothing more to write.
      const isDone = () => existsSync(`${app}.last-good`) && !existsSync(join(dir, ".boot-watcher.json"));
      for (let left = 400; left > 0 && !isDone(); left--) {
        assert.equal(service.exitCode, null, "the service runs");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.ok(isDone(), "the watcher has confirmed it");
      assert.ok(!existsSync(gate));
    } finally {
      service.kill("SIGKILL");
    }
  }));
