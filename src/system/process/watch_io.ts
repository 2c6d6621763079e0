/** What the watcher and its starter ask of the machine. Loaded only while a build is watched. @module */
import { writeSync } from "node:fs";
import process from "./process.ts";
import { detachAndLeave } from "../linux/spawn_detached.ts";
import { machineProbeIo, type ProbeIo } from "./probe_io.ts";
import { processFacts, unitOf } from "../linux/process_facts.ts";
import { systemctl } from "../tools/systemctl.ts";
import { type WatchedProcess, watchProcess } from "../linux/watched_process.ts";

/** The machine, as the watcher sees it. */
export interface WatchIo {
  /** This process. */
  readonly pid: number;
  /** When a process began, in the kernel's words; `undefined` when there is none of this id. */
  startOf(pid: number): string | undefined;
  /** The go-between's part of starting apart. */
  detachAndLeave(words: readonly string[]): Promise<boolean>;
  /** Tells the go-between that the watch has begun. */
  sayReady(): void;
  watchProcess(pid: number, start: string): WatchedProcess | undefined;
  /** The systemd unit of a process. */
  unitOf(pid: number): string | undefined;
  systemctl(...words: string[]): Promise<string | undefined>;
  readonly probes: ProbeIo;
  /** A monotonic clock, milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Called when this process is asked to end, which then does not happen by itself. */
  onTerm(listener: () => void): void;
}

/** The machine itself. */
export const machineWatchIo: WatchIo = {
  pid: process.pid,
  startOf: (pid) => processFacts(pid)?.start,
  detachAndLeave,
  sayReady() {
    try {
      writeSync(1, "ready\n");
    } catch { /* the go-between has lost its patience */ }
  },
  watchProcess,
  unitOf,
  systemctl,
  probes: machineProbeIo,
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onTerm(listener) {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, listener);
  },
};
