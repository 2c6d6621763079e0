/** A file system in memory, and the other ports for tests. @module */
import type { Fs, Ports } from "../../../core/ports.ts";
import type { MemoryFiles, MemoryFsOptions } from "./memory_files.ts";
import { MemoryFs } from "./memory_fs.ts";

/**
 * Makes an empty file system in memory, for the tests of an updater. Paths are POSIX paths; there is one directory,
 * `/`.
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
 * fs.rename("/app.exe", "/app.exe.old"); // it can be renamed itself
 * ```
 */
export function memoryFs(options: MemoryFsOptions = {}): MemoryFiles {
  return new MemoryFs(options);
}

/**
 * The ports for a test, over a file system: the lock is always free, the clock advances by a second at each call,
 * messages are discarded, and the machine is Linux on x64. Replace the ports that your test is about.
 *
 * @example A bad update is rolled back
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app/server", "#!1.0.0", 0o755);
 * fs.put("/tmp/update", "#!2.0.0", 0o755);
 * const options = { dataDir: "/state", exe: "/app/server" };
 * const ports = memoryPorts(fs);
 *
 * new BootSentinel({ ...options, version: "1.0.0" }, ports).swap("/tmp/update", "2.0.0");
 * const updated = new BootSentinel({ ...options, version: "2.0.0" }, ports);
 * for (let boot = 1; boot <= 3; boot++) updated.checkOnBoot();
 * assertEquals(updated.checkOnBoot().kind, "rolledBack");
 * assertEquals(fs.texts()["/app/server"], "#!1.0.0");
 * ```
 *
 * @param start The first time of the clock, milliseconds since the epoch.
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
