/** The implementations of the core's ports for this machine. @module */
import type { Lock, Log, Ports } from "../core/ports.ts";
import { systemClock } from "./process/clock.ts";
import { thisHost } from "./process/runtime.ts";
import { type LogOptions, stderrLog } from "./process/log.ts";
import { nodeFs } from "./fs/node_fs.ts";
import { linuxLock } from "./linux/lock.ts";
import { linuxDataTrees } from "./trees/data/data_trees.ts";
import { linuxProcesses } from "./linux/processes.ts";
import { windowsLock } from "./windows/lock.ts";

/** The file system, lock, clock and log of this machine. */
export function realPorts(log: Log = stderrLog()): Ports {
  const host = thisHost();
  const lock: Lock = host.os === "windows" ? windowsLock : linuxLock;
  const processes = host.os === "linux" ? { processes: linuxProcesses, trees: linuxDataTrees } : {};
  return { fs: nodeFs(), lock, clock: systemClock(), host, log, ...processes };
}

/** The same, with a log in that style whose text goes to `write`. */
export function portsWithLog(style: LogOptions, write: (text: string) => void): Ports {
  return realPorts(stderrLog(style, write));
}
