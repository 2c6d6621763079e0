/** A file system in memory, and a quiet world over it. @module */
import type { Fs, Ports } from "../../../core/ports.ts";
import type { MemoryFiles, MemoryFsOptions } from "./memory_files.ts";
import { MemoryFs } from "./memory_fs.ts";

/**
 * Makes an empty file system in memory, for the tests of an updater. Paths are POSIX paths; there is one directory, `/`.
 *
 * @example A running program on Windows
 * ```ts
 * import { FsError, memoryFs } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const fs = memoryFs({ windows: true });
 * fs.put("/app.exe", "1.0.0");
 * fs.put("/update.exe", "2.0.0");
 * fs.lockRunning("/app.exe");
 * const error = assertThrows(() => fs.rename("/update.exe", "/app.exe"), FsError);
 * assertEquals(error.code, "busy");
 * fs.rename("/app.exe", "/app.exe.old"); // it can be moved aside
 * ```
 */
export function memoryFs(options: MemoryFsOptions = {}): MemoryFiles {
  return new MemoryFs(options);
}

/**
 * A quiet world over a file system: the lock is always free, each look at the clock takes a second, nobody reads the
 * messages, the machine is an x64 Linux. Replace what a test is about.
 *
 * @example Watch a bad update being put back
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app/server", "#!1.0.0", 0o755);
 * fs.put("/tmp/update", "#!2.0.0", 0o755);
 * const about = { dataDir: "/state", exe: "/app/server" };
 * const ports = memoryPorts(fs);
 *
 * new BootSentinel({ ...about, version: "1.0.0" }, ports).swap("/tmp/update", "2.0.0");
 * const updated = new BootSentinel({ ...about, version: "2.0.0" }, ports);
 * for (let boot = 1; boot <= 3; boot++) updated.checkOnBoot();
 * assertEquals(updated.checkOnBoot().kind, "rolledBack");
 * assertEquals(fs.texts()["/app/server"], "#!1.0.0");
 * ```
 *
 * @param start What the clock says first, milliseconds since the epoch.
 */
export function memoryPorts(fs: Fs, start: number = Date.UTC(2026, 0, 1)): Ports {
  let now = start;
  return {
    fs,
    lock: { acquire: () => ({ release: () => {} }) },
    clock: { now: () => now += 1000, bootId: () => "boot-1" },
    log: () => {},
    host: { os: "linux", arch: "x64" },
  };
}
