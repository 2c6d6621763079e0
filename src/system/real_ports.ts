/** The real world behind the core's ports. @module */
import type { Lock, Log, Ports } from "../core/ports.ts";
import { systemClock } from "./clock.ts";
import { thisHost } from "./host.ts";
import { nodeFs } from "./node_fs.ts";
import { writeText } from "./stdio.ts";
import { posixLock } from "./posix_lock.ts";

/** Messages as lines on standard error; standard output belongs to the service. */
export function stderrLog(options: { quiet?: boolean } = {}): Log {
  return (level, message) => {
    if (options.quiet === true && level === "info") return;
    writeText(2, `boot-sentinel: ${message}\n`);
  };
}

/** The file system, lock, clock and log of this machine. */
export function realPorts(
  options: { log?: Log } = {},
): Ports & { readonly lock: Lock & { readonly fds: ReadonlySet<number> } } {
  return { fs: nodeFs(), lock: posixLock(), clock: systemClock(), host: thisHost(), log: options.log ?? stderrLog() };
}
