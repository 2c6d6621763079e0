/**
 * The file system behind the boot sentinel: the port and what it promises, the real one, one in memory, one that fails
 * by plan, and a world to go with it. For those who hand a file system of their own to `BootSentinel`, and for tests of an updater.
 *
 * The core calls the verbs of {@link Fs} and no other, all of them synchronous. Whoever implements them promises what
 * each says of a power cut and of Windows; whatever goes wrong is an {@link FsError}.
 *
 * @example An updater meets a full disk
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { faultFs, FsError, memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/fs";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const disk = memoryFs();
 * disk.put("/app/server", "#!1.0.0", 0o755);
 * disk.put("/tmp/update", "#!2.0.0", 0o755);
 * const fs = faultFs(disk, [{ code: "noSpace", verb: "copy" }]);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app/server" }, memoryPorts(fs));
 *
 * assertThrows(() => sentinel.swap("/tmp/update", "2.0.0"), FsError);
 * assertEquals(disk.texts()["/app/server"], "#!1.0.0"); // untouched
 * assertEquals(sentinel.status().pending, null); // and nothing is armed
 * ```
 *
 * @module
 */
export { type FileInfo, type Fs, FsError, type FsFault } from "./core/ports.ts";
export { type Fault, type FaultFs, faultFs, type FsVerb, WRITING_VERBS } from "./system/fs/memory/fault_fs.ts";
export { type MemoryFiles, memoryFs, memoryPorts } from "./system/fs/memory/memory_files.ts";
export type { MemoryFsOptions } from "./system/fs/memory/memory_volume.ts";
export { nodeFs } from "./system/fs/node_fs.ts";
