/**
 * The command line, for a program that carries it within: `app sentinel status` instead of another executable. The
 * process that it runs in, and the outside world of its core, are handed in.
 *
 * @example A program with a subcommand
 * ```ts
 * import { main, realIo, realPorts, stderrLog } from "@boot-sentinel/boot-sentinel/cli";
 * import process from "node:process";
 *
 * const [first, ...others] = ["sentinel", "--version"]; // process.argv.slice(2)
 * if (first === "sentinel") {
 *   // The command line starts itself again, to watch a service: with the same subcommand.
 *   const io = { ...realIo, selfWords: [...realIo.selfWords, "sentinel"] as [string, ...string[]] };
 *   process.exitCode = await main(others, io, (style) => realPorts({ log: stderrLog(style) }));
 * }
 * ```
 *
 * @module
 */
import type { Io } from "./cli/io.ts";
import { realIo as thisProcess } from "./system/process/real_io.ts";

export { EXIT } from "./cli/exit_codes.ts";
export type { Io } from "./cli/io.ts";
export { main, type MakePorts } from "./cli/main.ts";
export type { Clock, Fs, Held, Host, Lock, Log, LogLevel, Observe, Place, Ports } from "./core/ports.ts";
export type { Program } from "./system/linux/exec.ts";
export { type LogOptions, stderrLog } from "./system/process/log.ts";
export { realPorts } from "./system/real_ports.ts";

/**
 * This process, as the command line's surroundings.
 *
 * @example Another environment for one command
 * ```ts
 * import { type Io, realIo } from "@boot-sentinel/boot-sentinel/cli";
 *
 * const io: Io = { ...realIo, env: { ...realIo.env, BOOT_SENTINEL_QUIET: "1" } };
 * ```
 */
export const realIo: Io = thisProcess;
