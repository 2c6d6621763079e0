/**
 * For the tests of an updater: a file system in memory, one whose calls fail by plan, and the other ports. Nothing is
 * written to disk.
 *
 * @example Test a swap with a file system in memory
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app/server", "#!1.0.0", 0o755);
 * fs.put("/tmp/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app/server" }, memoryPorts(fs));
 * sentinel.swap("/tmp/update", "2.0.0");
 * assertEquals(fs.texts()["/app/server"], "#!2.0.0");
 * ```
 *
 * @module
 */
export { FsError } from "./core/fs_port.ts";
export type * from "./core/ports.ts";
export { type Fault, type FaultFs, faultFs, type FsVerb, WRITING_VERBS } from "./system/fs/memory/fault_fs.ts";
export type { MemoryFiles, MemoryFsOptions } from "./system/fs/memory/memory_files.ts";
export { memoryFs, memoryPorts } from "./system/fs/memory/memory_world.ts";
