/**
 * The command line as a function. The process and the ports that it runs with are parameters.
 *
 * @module
 */
import { messageOf, SentinelError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import type { Ports } from "../core/ports.ts";
import { absolutePath } from "../core/state/paths.ts";
import { nodeFs } from "../system/fs/node_fs.ts";
import { thisHost } from "../system/process/runtime.ts";
import type { LogOptions } from "../system/process/log.ts";
import { type ProcessIo, processIo, withIo } from "../system/process/process_io.ts";
import { type Command, type Context, type EarlyContext, optionsOf, skippedSettingText } from "./command.ts";
import { allCommands, COMMANDS } from "./commands.ts";
import { EXIT } from "../core/exit_codes.ts";
import { exitCodeOf, UnknownNameError, UsageError } from "./cli_errors.ts";
import type { Settings } from "./options/options.ts";
import { scanCommandLine } from "./options/scan.ts";
import { resolveSettings } from "./options/settings.ts";

/**
 * The environment in which the command line runs. Parts that are not set are the real ones.
 *
 * @example Inside another program, with a file system in memory
 * ```ts
 * import { main, type Surroundings } from "@boot-sentinel/boot-sentinel/cli";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * const surroundings: Surroundings = { ports: memoryPorts(fs), io: { stdout: (text) => console.log(text) } };
 * await main(["confirm", "--exe", "/app", "--data-dir", "/state"], surroundings);
 * ```
 */
export interface Surroundings {
  /** The process: its streams, environment variables, signals and child processes. */
  readonly io?: Partial<ProcessIo>;
  /** The ports of the core. Without a `log`, messages go to standard error. */
  readonly ports?: Partial<Ports>;
}

/**
 * Runs one command of boot-sentinel.
 *
 * @param args The arguments, without the executable.
 * @param surroundings The environment to run in.
 * @returns The exit code, one of {@link EXIT}, or for `run` that of the service. The caller has to exit with it.
 * @throws Only internal errors. Errors of the user and of the system are logged and have an exit code.
 *
 * @example Read the output of a command
 * ```ts
 * import { EXIT, main } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const code = await main(["--version"], { io: { stdout: (text) => void lines.push(text) } });
 * assertEquals([code, lines.length], [EXIT.ok, 1]);
 * ```
 */
export async function main(args: readonly string[], surroundings: Surroundings = {}): Promise<number> {
  const io = surroundings.io === undefined ? processIo : withIo(processIo, surroundings.io);
  const { host = thisHost() } = surroundings.ports ?? {};
  let { fs = nodeFs() } = surroundings.ports ?? {};
  let style: LogOptions = {};
  const allPorts = async (): Promise<Ports> => {
    const { portsWithLog } = await import("../system/real_ports.ts");
    return { ...portsWithLog(style, io.stderr), ...surroundings.ports, fs };
  };
  let finish: (() => void) | undefined;
  let page: Command["page"];
  try {
    const [name = "", ...commandArgs] = args;
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) return await withoutCommand(name, commandArgs, io, host.os);
    const { command } = await load();
    page = command.page;
    const line = scanCommandLine(commandArgs, optionsOf(command));
    if (line.flags.help === true) {
      const { commandHelp } = await import("./output/help.ts");
      io.stdout(commandHelp(name, command, host.os));
      return EXIT.ok;
    }
    const problems: Problem[] = [];
    // Who only looks on, as watch --follow does, starts nothing.
    const isGate = command.gate === true && line.flags.follow !== true;
    const isTolerant = isGate || command.tolerant === true;
    const { finds: kind = "service" } = command;
    const resolved = await resolveSettings(
      line.flags,
      { fs, io, os: host.os },
      kind === "program" ? { kind, program: line.rest?.[0] } : { kind },
      isTolerant ? (problem) => problems.push(problem) : undefined,
    );
    let { settings } = resolved;
    let isRelease = false;
    // The other ports are loaded later than the file system is made.
    const late: { ports?: Ports } = {};
    const guarded = settings.guard ?? settings.exe;
    if (guarded !== undefined && !isFile(fs, absolutePath(io.cwd, guarded))) {
      const { guardedRelease } = await import("./guarded_release.ts");
      const release = guardedRelease(fs, absolutePath(io.cwd, guarded), settings, {
        log: (...line) => late.ports?.log(...line),
        lock: { acquire: (...how) => late.ports?.lock.acquire(...how) ?? "unavailable" },
      });
      isRelease = release !== undefined;
      fs = release ?? fs;
      if (isRelease) settings = { ...settings, guard: guarded };
    }
    style = { quiet: settings.quiet, verbose: settings.verbose, format: settings.logFormat };
    const [least, most] = command.positionals;
    if (line.positionals.length < least || line.positionals.length > most) {
      throw new UsageError(`Cannot understand the command line: boot-sentinel ${name} ${command.usage}`);
    }
    const early: EarlyContext = { ...line, ...resolved, settings, isRelease, allCommands, io, ports: { fs, host } };
    const code = problems.length === 0 && !isObserved(settings) ? command.early?.(early) : undefined;
    if (code !== undefined) return code;
    io.waitableChildren();

    const ports = await allPorts();
    late.ports = ports;
    if (isGate) {
      for (const problem of problems) ports.log("warn", skippedSettingText(problem));
    }
    let context: Context = { ...early, problems, ports };
    if (settings.dryRun) {
      const { dryRun } = await import("./dry_run.ts");
      ({ context, finish } = dryRun(context));
    } else if (isObserved(settings) || settings.rescue !== undefined) {
      const { withObservers } = await import("./observers.ts");
      ({ context, finish } = withObservers(context, isGate));
    }
    return await command.run(context);
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    const nearest = error instanceof UnknownNameError ? await nearestTo(error.unknown, error.known) : "";
    const refused = error instanceof SentinelError && code === EXIT.no;
    const { log } = await allPorts();
    log(refused ? "warn" : "error", messageOf(error) + nearest);
    // In a message of its own: a command that the one above ends with can be pasted.
    if (refused || error instanceof UsageError) log("info", `Manual: ${await pageOf(error, host.os, page)}`);
    return code;
  } finally {
    finish?.();
  }
}

/**
 * True when the fast path must not be used: with hooks, webhook, metrics or a dry run. A rescue command is for an event
 * that the fast path never causes.
 */
function isObserved({ dryRun, hook, afterRollbackHook, webhook, metricsFile }: Settings): boolean {
  return dryRun || (hook ?? afterRollbackHook ?? webhook ?? metricsFile) !== undefined;
}

/** Nearly every guarded path is that of a file: then nothing of releases is loaded. */
function isFile(fs: Ports["fs"], path: string): boolean {
  try {
    return fs.info(path).kind === "file";
  } catch {
    return false;
  }
}

async function withoutCommand(name: string, args: readonly string[], io: ProcessIo, os: string): Promise<number> {
  const { commandHelp, programHelp, programVersion } = await import("./output/help.ts");
  if (name === "--help" || name === "-h" || name === "help") {
    const command = await COMMANDS[args[0] ?? ""]?.();
    io.stdout(command === undefined ? await programHelp() : commandHelp(args[0] ?? "", command.command, os));
  } else if (name === "--version" || name === "-V") io.stdout(programVersion(io, args.includes("--json")));
  else if (name === "") {
    io.stderr(await programHelp());
    return EXIT.usage;
  } else {
    throw new UsageError(`Unknown command ${name}${await nearestTo(name, Object.keys(COMMANDS))}`);
  }
  return EXIT.ok;
}

/** Names the page about an error of a command, which is that of the command or that of the configuration. */
async function pageOf(error: unknown, os: string, page: Command["page"]): Promise<string> {
  const { namedPage, pageOn } = await import("./output/pages.ts");
  const isConfig = error instanceof UsageError && error.exitCode === EXIT.badConfig;
  const own = error instanceof UsageError ? error.page : undefined;
  return namedPage(isConfig ? "docs/configuration.md" : pageOn(os, own ?? page));
}

async function nearestTo(name: string, known: readonly string[]): Promise<string> {
  if (known.length === 0) return "";
  const [{ closestString }, { levenshteinDistance }] = await Promise.all([
    import("@std/text/closest_string.js"),
    import("@std/text/levenshtein_distance.js"),
  ]);
  const nearest = closestString(name, known, {});
  // A name that has nothing in common with it does not help.
  return levenshteinDistance(name, nearest) > Math.max(2, name.length / 2) ? "" : `: did you mean ${nearest}?`;
}
