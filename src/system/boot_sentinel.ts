/** The library's entry: the core on the real machine. @module */
import { SentinelCore } from "../core/boot_sentinel.ts";
import type { SentinelOptions } from "../core/sentinel_options.ts";
import type { Ports } from "../core/ports.ts";
import { realPorts } from "./real_ports.ts";

/**
 * Guards one self-replacing program: an update that crash-loops is put back to the last good build and quarantined.
 *
 * @example The first lines of a service that updates itself
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
 * import process from "node:process";
 *
 * const dataDir = mkdtempSync("/tmp/example-");
 * const exe = `${dataDir}/server`; // of a compiled program: process.execPath
 * writeFileSync(exe, "#!/bin/sh\n", { mode: 0o755 });
 *
 * const sentinel = new BootSentinel({ dataDir, exe, version: "2.0.0" });
 * if (sentinel.checkOnBoot().kind === "rolledBack") process.exit(75); // the service manager starts the restored build
 * // … start up; once requests are answered:
 * sentinel.confirmHealthy();
 * rmSync(dataDir, { recursive: true });
 * ```
 */
export class BootSentinel extends SentinelCore {
  /**
   * Guards a program on this machine.
   *
   * @param options What to guard.
   * @param ports The outside world; any part may be replaced, the rest is real.
   */
  constructor(options: SentinelOptions, ports: Partial<Ports> = {}) {
    super(options, { ...realPorts(), ...ports });
  }
}
