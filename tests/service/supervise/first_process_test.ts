/** `run --supervise` as the first process of a container. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { said } from "../../support/output.ts";
import { sentinelWords } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";

const skip = process.platform !== "linux"
  ? "Linux's own"
  : process.geteuid?.() !== 0
  ? "needs root, for namespaces"
  : spawnSync("unshare", ["--pid", "--fork", "--mount", "true"]).status === 0
  ? false
  : "needs unshare and namespaces";

/** Starts the service below a supervisor that is process 1. `before`: what a shell does in the new namespaces first. */
function startAsFirst(dir: string, before: string, script: string): ChildProcess {
  const exe = join(dir, "app");
  writeFileSync(exe, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const words = [...sentinelWords(), "run", "--supervise", "--", exe];
  const shell = ["sh", "-c", `${before} "$@"`, "sh", ...words];
  return spawn("unshare", ["--pid", "--fork", "--kill-child", "--mount", ...shell], {
    stdio: ["ignore", "pipe", "ignore"],
  });
}

test("process 1 buries orphans while its service runs", { skip }, async () => {
  await inTempDir(async (dir) => {
    // Each subshell leaves a child behind, which process 1 inherits. The loop ends when none of them is a zombie.
    const child = startAsFirst(
      dir,
      "mount -t proc proc /proc; exec",
      `for n in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.01 &); done
       sleep 0.2
       while grep -qs "^State:.Z" /proc/[0-9]*/status; do :; done
       echo buried; while :; do sleep 1; done`,
    );
    try {
      await said(child.stdout, /^buried$/m);
    } finally {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  });
});

test("process 1 lives on when /proc cannot be listed", { skip }, async () => {
  await inTempDir(async (dir) => {
    const child = startAsFirst(
      dir,
      // A folder that may be entered, but not listed: root with its capabilities taken away is the owner's other.
      "mount -t proc proc /proc; mount -t tmpfs -o mode=0711,uid=1 none /mnt; mkdir /mnt/1; ln -s 1 /mnt/self; " +
        "mount --bind /proc/1 /mnt/1; mount --move /mnt /proc; " +
        "exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search",
      `ls /proc 2>/dev/null && echo "listed"
       (sleep 0.01 &); sleep 0.3; (sleep 0.01 &); sleep 0.3
       echo alive; trap "exit 5" TERM; while :; do sleep 0.05; done`,
    );
    try {
      const text = await said(child.stdout, /^(alive|listed)$/m);
      assert.match(text, /^alive$/m);
    } finally {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  });
});
