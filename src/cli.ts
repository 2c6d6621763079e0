/**
 * The command line as a function, for a program that contains it as a subcommand: `app sentinel status` instead of
 * another executable. The process that it runs in and the core's ports are parameters.
 *
 * @example Boot-sentinel's commands as a subcommand of another program
 * ```ts
 * import { EXIT, main } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertEquals } from "@std/assert";
 *
 * const args = ["sentinel", "--version"]; // the program's arguments
 * const lines: string[] = [];
 * const code = args[0] === "sentinel"
 *   ? await main(args.slice(1), { io: { stdout: (text) => void lines.push(text) } })
 *   : EXIT.usage;
 * assertEquals([code, lines.length], [EXIT.ok, 1]);
 * ```
 *
 * @module
 */
export { EXIT } from "./core/exit_codes.ts";
export type * from "./core/ports.ts";
export { main, type Surroundings } from "./cli/main.ts";
export type { ExecOptions, Program } from "./system/linux/exec.ts";
export type { ServiceUnit } from "./system/linux/proc.ts";
export type { WatchedProcess } from "./system/linux/watched_process.ts";
export type { HttpAnswer } from "./system/process/probe_calls.ts";
export { type Environment, environmentOf, type ProcessIo } from "./system/process/process_io.ts";
export type { ToolEnd } from "./system/tools/run_tool.ts";
