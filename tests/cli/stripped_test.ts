/** Packagers strip executables: the compiled program stays the program. @module */
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { VERSION } from "../../src/core/version.ts";
import { compiledSentinel } from "../support/compiled.ts";
import { lacks } from "../support/mounts.ts";
import { runProcess } from "../support/sentinel_process.ts";
import { inTempDir } from "../support/temp.ts";

const TOOLS = [
  ["strip"],
  ["strip", "-g"],
  ["strip", "--strip-unneeded"],
  ["objcopy", "--strip-all"],
  ["llvm-strip"],
  ["eu-strip"],
] as const;

for (const [tool, ...options] of TOOLS) {
  const skip = process.platform === "linux" ? lacks(tool) : "an executable for Linux";
  test(`${[tool, ...options].join(" ")} makes no plain runtime of the executable`, { skip }, () =>
    inTempDir((dir) => {
      const copy = join(dir, "boot-sentinel");
      copyFileSync(compiledSentinel(), copy);
      runProcess(tool, [...options, copy]);
      assert.ok(readFileSync(copy).equals(readFileSync(compiledSentinel())), "it is changed");
      assert.equal(runProcess(copy, ["--version"]).stdout, `boot-sentinel ${VERSION}\n`);
      const service = join(dir, "service");
      writeFileSync(service, "#!/bin/sh\necho served\n", { mode: 0o755 });
      const ran = runProcess(copy, ["run", "--confirm", "manual", "--data-dir", dir, "--", service]);
      assert.equal(ran.stdout, "served\n", ran.stderr);
    }));
}
