/**
 * The command line with its surroundings injected.
 *
 * @module
 */
import { messageOf, SentinelError } from "../core/errors.ts";
import type { Ports } from "../core/ports.ts";
import type { LogOptions } from "../system/process/log.ts";
import { type Context, optionsOf } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, exitCodeOf, UnknownWord, UsageError } from "./exit_codes.ts";
import type { Io } from "./io.ts";
import { parseCommandLine } from "./options/scan.ts";
import { settle } from "./options/settings.ts";

/**
 * Makes the ports once the style of messages is known.
 *
 * @example Messages as the options want them
 * ```ts
 * import { type MakePorts, realPorts, stderrLog } from "@boot-sentinel/boot-sentinel/cli";
 *
 * const makePorts: MakePorts = (style) => realPorts({ log: stderrLog(style) });
 * ```
 */
export type MakePorts = (style: LogOptions) => Ports;

/**
 * Runs one command of boot-sentinel.
 *
 * @param args The command line without the executable.
 * @param io The process to run in.
 * @param makePorts Called for the outside world of the core; more than once, because the options say how to log.
 * @returns The exit code, one of {@link EXIT} (for `run` that of the service); the only one who exits is the caller.
 * @throws Nothing but faults of its own: what a user can do wrong is logged, and has an exit code.
 *
 * @example Ask for the status from within a program
 * ```ts
 * import { EXIT, main, realIo, realPorts } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const io = { ...realIo, env: {}, stdout: (more: string) => text += more };
 * const code = await main(["status", "--json", "--exe", "/bin/sh", "--data-dir", "/tmp/none"], io, () => realPorts());
 *
 * assertEquals(code, EXIT.ok);
 * assertEquals(JSON.parse(text).exe, "/bin/sh");
 * ```
 */
export async function main(args: readonly string[], io: Io, makePorts: MakePorts): Promise<number> {
  const plain = makePorts({ quiet: false, verbose: false, format: "auto" });
  let { log } = plain;
  let finish: (() => void) | undefined;
  try {
    const [name = "", ...others] = args;
    const load = COMMANDS[name];
    if (load === undefined) return await without(name, others, io);
    const { command } = await load();
    const line = parseCommandLine(others, optionsOf(command));
    if (line.flags.help === true) {
      const { commandHelp } = await import("./output/help.ts");
      io.stdout(commandHelp(name, command));
      return EXIT.ok;
    }
    const problems: string[] = [];
    const tolerant = command.gate === true || command.tolerant === true
      ? (problem: string) => void problems.push(problem)
      : undefined;
    const { settings, originOf } = await settle(line.flags, io, plain.fs, tolerant);
    const ports = makePorts({ quiet: settings.quiet, verbose: settings.verbose, format: settings.logFormat });
    log = ports.log;
    if (command.gate === true) {
      for (const problem of problems) log("warn", `${problem}; the service is started without it`);
    }
    const [least, most] = command.positionals;
    if (line.positionals.length < least || line.positionals.length > most) {
      throw new UsageError(`Cannot understand the command line: boot-sentinel ${name} ${command.usage}`);
    }
    const { positionals, rest, flags } = line;
    const words = ownWords(others);
    let context: Context = { settings, originOf, problems, positionals, rest, flags, words, io, ports };
    if (settings.dryRun) {
      const { dryRun } = await import("./dry_run.ts");
      ({ context, finish } = dryRun(context));
    } else if (settings.hook ?? settings.afterRollbackHook ?? settings.webhook ?? settings.metricsFile) {
      const { withObservers } = await import("./observers.ts");
      ({ context, finish } = withObservers(context, command.gate === true));
    }
    return await command.run(context);
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    const nearest = error instanceof UnknownWord ? await nearestTo(error.word, error.known) : "";
    const refused = error instanceof SentinelError && code === EXIT.no;
    log(refused ? "warn" : "error", messageOf(error) + nearest);
    return code;
  } finally {
    finish?.();
  }
}

function ownWords(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

async function without(name: string, others: readonly string[], io: Io): Promise<number> {
  const { commandHelp, programHelp, programVersion } = await import("./output/help.ts");
  if (name === "--help" || name === "-h" || name === "help") {
    const command = await COMMANDS[others[0] ?? ""]?.();
    io.stdout(command === undefined ? await programHelp() : commandHelp(others[0] ?? "", command.command));
  } else if (name === "--version" || name === "-V") io.stdout(programVersion(io, others.includes("--json")));
  else if (name === "") {
    io.stderr(await programHelp());
    return EXIT.usage;
  } else {
    throw new UsageError(`Unknown command ${name}${await nearestTo(name, Object.keys(COMMANDS))}`);
  }
  return EXIT.ok;
}

async function nearestTo(word: string, known: readonly string[]): Promise<string> {
  if (known.length === 0) return "";
  const { closestString } = await import("@std/text/closest_string.js");
  return `: did you mean ${closestString(word, known, {})}?`;
}
