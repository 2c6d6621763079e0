/**
 * The command line with its surroundings injected.
 *
 * @module
 */
import { messageOf, SentinelError } from "../core/errors.ts";
import type { Log, Ports } from "../core/ports.ts";
import type { Command } from "./command.ts";
import { EXIT, exitCodeOf, UsageError } from "./exit_codes.ts";
import type { Io } from "./io.ts";
import { COMMON } from "./options.ts";
import { parseCommandLine, UnknownFlag } from "./parse.ts";
import { settle, UnknownKey } from "./settings.ts";

/** Every command; each is loaded when it is called, so that the gate loads none but itself. */
export const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  run: () => import("./commands/run.ts"),
  check: () => import("./commands/check.ts"),
  arm: () => import("./commands/arm.ts"),
  swap: () => import("./commands/swap.ts"),
  confirm: () => import("./commands/confirm.ts"),
  fail: () => import("./commands/fail.ts"),
  rollback: () => import("./commands/rollback.ts"),
  quarantine: () => import("./commands/quarantine.ts"),
  status: () => import("./commands/status.ts"),
};

/**
 * Runs one command.
 *
 * @param args The command line without the executable.
 * @param ports Made once the options are known, for the log.
 * @returns The exit code; the only one who exits is the caller.
 */
export async function main(
  args: readonly string[],
  io: Io,
  ports: (log: { quiet: boolean }) => Ports,
): Promise<number> {
  let { log }: { log: Log } = ports({ quiet: false });
  try {
    const [name = "", ...others] = args;
    const load = COMMANDS[name];
    if (load === undefined) return await without(name, io);
    const { command } = await load();
    const line = parseCommandLine(others, [...COMMON, ...(command.options ?? [])]);
    if (line.flags.help === true) {
      const { commandHelp } = await import("./help.ts");
      io.stdout(commandHelp(name, command));
      return EXIT.ok;
    }
    const full = ports({ quiet: line.flags.quiet === true });
    log = full.log;
    const tolerant = command.gate === true
      ? (problem: string) => full.log("warn", `${problem}; the service is started without it`)
      : undefined;
    const settings = settle(line.flags, io, full.fs, tolerant);
    const [least, most] = command.positionals;
    if (line.positionals.length < least || line.positionals.length > most) {
      throw new UsageError(`Cannot understand the command line: boot-sentinel ${name} ${command.usage}`);
    }
    return await command.run({ settings, positionals: line.positionals, rest: line.rest, io, ports: full });
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    const nearest = error instanceof UnknownFlag
      ? await nearestTo(error.flag, error.known)
      : error instanceof UnknownKey
      ? await nearestTo(error.key, error.known)
      : "";
    const quiet = error instanceof SentinelError && code === EXIT.no;
    log(quiet ? "warn" : "error", messageOf(error) + nearest);
    return code;
  }
}

async function without(name: string, io: Io): Promise<number> {
  const { programHelp, programVersion } = await import("./help.ts");
  if (name === "--help" || name === "-h" || name === "help") io.stdout(await programHelp(COMMANDS));
  else if (name === "--version" || name === "-V") io.stdout(programVersion());
  else if (name === "") {
    io.stderr(await programHelp(COMMANDS));
    return EXIT.usage;
  } else {
    throw new UsageError(`Unknown command ${name}${await nearestTo(name, Object.keys(COMMANDS))}`);
  }
  return EXIT.ok;
}

async function nearestTo(word: string, known: readonly string[]): Promise<string> {
  const { closestString } = await import("@std/text/closest_string.js");
  return `: did you mean ${closestString(word, known, {})}?`;
}
