/** The real world behind the core's ports. @module */
import type { Lock, Log, Ports } from "../core/ports.ts";
import { systemClock } from "./process/clock.ts";
import { thisHost } from "./process/host.ts";
import { stderrLog } from "./process/log.ts";
import { nodeFs } from "./fs/node_fs.ts";
import { posixLock } from "./linux/lock.ts";
import { windowsLock } from "./windows/lock.ts";

/**
 * The file system, lock, clock and log of this machine.
 *
 * @example This machine, with messages of its own
 * ```ts
 * import { realPorts } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const ports = realPorts({ log: (_level, message) => void lines.push(message) });
 * assertEquals(ports.fs.info("/").kind, "directory");
 * ```
 */
export function realPorts(
  options: { log?: Log } = {},
): Ports {
  const host = thisHost();
  const lock: Lock = host.os === "windows" ? windowsLock : posixLock();
  return { fs: nodeFs(), lock, clock: systemClock(), host, log: options.log ?? stderrLog() };
}
