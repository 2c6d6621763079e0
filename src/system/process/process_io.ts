/**
 * The process that the command line runs in: its arguments, streams and signals, and access to other processes of the
 * machine. Code that takes long to load is loaded at the first call.
 *
 * @module
 */
import process from "./process.ts";
import { sleep } from "./clock.ts";
import { exec, type ExecOptions, type Program } from "../linux/exec.ts";
import { waitableChildren } from "../linux/child_signal.ts";
import { processFacts, type ServiceUnit, unitOf } from "../linux/proc.ts";
import type { WatchedProcess } from "../linux/watched_process.ts";
import { calls } from "../fs/calls.ts";
import { stampOf } from "../fs/file_calls.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { textOf } from "../ffi/bytes.ts";
import type { ToolEnd } from "../tools/run_tool.ts";
import type { HttpAnswer } from "./probe_calls.ts";
import { hasVariables, initialVariable, lastArguments } from "./raw_process.ts";
import { runtimeName } from "./runtime.ts";
import { selfCommand } from "./self_command.ts";
import { isTerminal, writeMessage, writeText } from "./stdio.ts";

/** The environment of a process. */
export interface Environment {
  /** A variable's value. */
  get(name: string): string | undefined;
  /** True when there is a variable whose name starts with this. */
  hasPrefix(prefix: string): boolean;
  /** All variables. Use it only where needed: the runtime takes a millisecond to make this object. */
  readonly all: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes an environment of variables.
 *
 * @example Run a command without the variables of this process
 * ```ts
 * import { environmentOf, main } from "@boot-sentinel/boot-sentinel/cli";
 *
 * await main(["status", "--exe", "/bin/sh"], { io: { env: environmentOf({}), stdout() {} } });
 * ```
 */
export function environmentOf(all: Readonly<Record<string, string | undefined>>): Environment {
  return {
    all,
    get: (name) => all[name],
    hasPrefix: (prefix) => Object.keys(all).some((name) => name.startsWith(prefix)),
  };
}

/**
 * The process that the command line runs in. `main` uses the real process for all members that are not given.
 *
 * @example Take the output of a command
 * ```ts
 * import { main } from "@boot-sentinel/boot-sentinel/cli";
 *
 * const lines: string[] = [];
 * await main(["--version"], { io: { stdout: (text) => void lines.push(text) } });
 * ```
 */
export interface ProcessIo {
  /** The arguments. */
  readonly args: readonly string[];
  /** The path of this executable, which `service install` writes into a unit. */
  readonly self: string;
  /** The command that starts this program again. */
  readonly selfCommand: readonly [string, ...string[]];
  /** This process's id. */
  readonly pid: number;
  /** When this process started, milliseconds since the epoch. */
  readonly startedAt: number;
  /** The current directory. */
  readonly cwd: string;
  /** The environment. `BOOT_SENTINEL_*` variables are options. */
  readonly env: Environment;
  /** This machine's host name. */
  readonly hostName: string;
  /** The runtime, such as `bun 1.4.5`. */
  readonly runtime: string;
  /** The operating system and processor, such as `linux-x64`. */
  readonly target: string;
  /** True when standard output is a terminal and `NO_COLOR` is not set. */
  readonly colours: boolean;
  /** True when standard output is a terminal. */
  readonly terminal: boolean;
  /** Writes the result of a command, all of it in one call. */
  stdout(text: string): void;
  /** Writes messages, and the help when no command was given. */
  stderr(text: string): void;
  /** Ends this process. */
  exit(code: number): void;
  /** Replaces this process by a program; returns only when that failed, with the name of the errno. */
  exec(program: Program, options: ExecOptions): string;
  /** The last arguments of this process, as bytes. */
  lastArguments(count: number): readonly Uint8Array[];
  /** Blocks for a time. `end` means that the caller must stop its loop. */
  sleep(ms: number): "end" | void;
  /** Waits for a time without blocking. */
  pause(ms: number): Promise<void>;
  /** A monotonic clock, milliseconds. */
  now(): number;
  /**
   * Registers a listener for SIGTERM, SIGINT and SIGHUP, which then no longer end this process; and for SIGABRT, which
   * systemd's watchdog sends to all processes of a unit: the runtime would report a crash of its own.
   */
  onTermination(listener: () => void): void;

  /** The kernel's start time of a process. It stays the same when the process executes another program. */
  processStart(pid: number): string | undefined;
  /** The systemd unit of a process. */
  unitOf(pid: number | "self"): ServiceUnit | undefined;
  /** True when systemd manages this machine. */
  hasSystemd(): boolean;
  /** Makes it possible to wait for child processes, whatever the parent has set. Call it before the first one. */
  waitableChildren(): void;
  /** Watches a process that is not a child of this one; `undefined` when it has ended. `start`: its `processStart`. */
  watchProcess(pid: number, start: string): Promise<WatchedProcess | undefined>;
  /**
   * Starts this program again with these arguments, as a process that is not a child of this one. Resolves to the
   * reason why that failed, or `undefined`.
   *
   * @param options `ready`: resolve only when the new process has called {@link ProcessIo.sayReady}.
   */
  spawnDetached(args: readonly string[], options: { readonly ready: boolean }): Promise<string | undefined>;
  /** Tells the process that has started this one, and waits for it, that this one is ready. */
  sayReady(): void;
  /** Runs a command of the system to its end. */
  runTool(program: string, ...args: string[]): Promise<ToolEnd>;
  /** Runs `systemctl`. */
  systemctl(...args: string[]): Promise<ToolEnd>;
  /** Runs `journalctl`. */
  journalctl(...args: string[]): Promise<ToolEnd>;

  /** A GET request; redirects are not followed. `anyCertificate`: the certificate is not verified. */
  httpGet(url: URL, timeoutMs: number, anyCertificate: boolean): Promise<HttpAnswer>;
  /** Connects and closes the connection. */
  tcpConnect(host: string, port: number, timeoutMs: number): Promise<void>;
  /**
   * Runs a shell command; resolves to its exit code. At the timeout, and when `callOff` is aborted, it is killed with its
   * child processes, and this rejects.
   */
  shell(command: string, timeoutMs: number, callOff?: AbortSignal): Promise<number>;
  /** A string that changes when the file is written, replaced or touched; `undefined` while it does not exist. */
  fileStamp(path: string): string | undefined;
}

/** Replaces some members. The others are evaluated only when they are used. */
export function withIo(io: ProcessIo, changes: Partial<ProcessIo>): ProcessIo {
  return Object.create(io, Object.getOwnPropertyDescriptors(changes));
}

/** This process. */
export const processIo: ProcessIo = {
  get args() {
    return process.argv.slice(2);
  },
  self: process.execPath,
  get selfCommand() {
    return selfCommand();
  },
  pid: process.pid,
  startedAt: performance.timeOrigin,
  get cwd() {
    return currentDirectory();
  },
  env: {
    get: initialVariable,
    hasPrefix: hasVariables,
    get all() {
      return process.env;
    },
  },
  get hostName() {
    return process.getBuiltinModule("node:os").hostname();
  },
  get runtime() {
    return runtimeName();
  },
  target: `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`,
  get colours() {
    return !process.env["NO_COLOR"] && isTerminal(1);
  },
  get terminal() {
    return isTerminal(1);
  },
  stdout: (text) => writeText(1, text),
  stderr: writeMessage,
  exit(code) {
    if (code >= 0 && code <= 255) process.exit(code);
    // Windows' exit codes have 32 bits, of which the runtimes pass on only 8.
    void import("../windows/process.ts").then(({ exitProcess }) => exitProcess(code));
  },
  exec(program, options) {
    try {
      return exec(program, options);
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      return execByRuntime(program);
    }
  },
  lastArguments,
  sleep,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  now: () => performance.now(),
  onTermination(listener) {
    const aborted = process.platform === "win32" ? [] : ["SIGABRT"] as const;
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", ...aborted] as const) process.on(signal, listener);
  },

  processStart: (pid) => processFacts(pid)?.start,
  unitOf,
  hasSystemd: () => calls().lstat("/run/systemd/system") !== undefined,
  waitableChildren,
  watchProcess: async (pid, start) => (await import("../linux/watched_process.ts")).watchProcess(pid, start),
  spawnDetached: async (args, options) => (await import("../linux/spawn_detached.ts")).spawnDetached(args, options),
  sayReady: () => writeText(1, "ready\n"),
  runTool: async (program, ...args) => await (await import("../tools/run_tool.ts")).runTool(program, ...args),
  systemctl: async (...args) => await (await import("../tools/systemctl.ts")).systemctl(...args),
  journalctl: async (...args) => await (await import("../tools/systemctl.ts")).journalctl(...args),

  httpGet: async (...request) => await (await import("./probe_calls.ts")).httpGet(...request),
  tcpConnect: async (...address) => await (await import("./probe_calls.ts")).tcpConnect(...address),
  shell: async (...command) => await (await import("./probe_calls.ts")).shell(...command),
  fileStamp(path) {
    try {
      return stampOf(calls().stat(path));
    } catch {
      return undefined;
    }
  },
};

/** The current directory. If it was removed, process.cwd() throws, and the service must start all the same. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/**
 * Without foreign functions the runtime's execve is used. It does not restore signals and descriptors as `exec` does.
 */
function execByRuntime({ path, argv }: Program): string {
  try {
    process.execve?.(textOf(path), argv.map(textOf), process.env as Record<string, string>);
    return "ENOSYS";
  } catch (error) {
    return (error as { code?: string }).code ?? "EIO";
  }
}
