/** A machine on which a watched program is updated and booted. @module */
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BootToken } from "../../src/core/gate/boot_token.ts";
import type { BootOutcome } from "../../src/core/gate/outcome.ts";
import { CoreSentinel } from "../support/core_sentinel.ts";
import { inTempDir } from "../support/temp.ts";

/** A machine with a guarded program, version 1.0.0, which is confirmed. */
export interface Machine {
  readonly exe: string;
  /** The sentinel, as `run` makes it. */
  at(invocation?: string): CoreSentinel;
  /** One boot behind the gate. */
  boot(maxAttempts?: number): BootOutcome;
  /** Puts a build in place. */
  install(version: string): void;
  /** The machine is started anew. */
  newBoot(): void;
  attempts(): number | undefined;
}

/** Runs `use` on a new machine. */
export function machine(use: (machine: Machine) => void): void {
  inTempDir((dir) => {
    const exe = join(dir, "app");
    let bootId = 1;
    const build = (version: string) => {
      writeFileSync(join(dir, "build"), `#!/bin/sh\n# ${version}\n`);
      chmodSync(join(dir, "build"), 0o755);
      return join(dir, "build");
    };
    const at = (invocation?: string) =>
      new CoreSentinel(
        { dataDir: dir, exe, watched: true, ...(invocation === undefined ? {} : { invocation }) },
        // The builds are scripts, which Windows does not start.
        {
          host: { os: "linux", arch: "x64" },
          log: () => {},
          clock: { now: () => 1_700_000_000_000, bootId: () => `boot-${bootId}` },
        },
      );
    copyFileSync(build("1.0.0"), exe);
    at().confirmHealthy();
    use({
      exe,
      at,
      boot: (maxAttempts = 3) => at().boot(maxAttempts),
      install: (version) => at().swap(build(version), version),
      newBoot: () => bootId++,
      attempts: () => at().status().pending?.attempts,
    });
  });
}

/** The token of a boot that is to be watched. */
export function tokenOf(outcome: BootOutcome): BootToken {
  assert.ok(outcome.token, "the boot is to be watched");
  return outcome.token;
}

/** 2.0.0 has failed, and 1.0.0 is back. */
export function rolledBack({ boot, install }: Machine, maxAttempts: number): BootOutcome {
  install("2.0.0");
  for (let attempt = 0; attempt < maxAttempts; attempt++) boot(maxAttempts);
  const outcome = boot(maxAttempts);
  assert.equal(outcome.kind, "rolledBack");
  return outcome;
}
