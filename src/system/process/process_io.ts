/**
 * The process that the command line runs in: its words, its streams, its end, and the other processes of the machine.
 * What takes long to load is loaded at the first call.
 *
 * @module
 */
import process from "./process.ts";
import { sleep } from "./clock.ts";
import { exec, type ExecOptions, type Program } from "../linux/exec.ts";
import { processFacts, unitOf } from "../linux/proc.ts";
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
import { isTerminal, writeText } from "./stdio.ts";

/** The environment of a process. */
export interface Environment {
  /** A variable's value. */
  get(name: string): string | undefined;
  /** True when a variable's name begins so. */
  hasPrefix(prefix: string): boolean;
  /** All of it. Asked for where it is needed only: the runtime takes a millisecond to make it. */
  readonly all: Readonly<Record<string, string | undefined>>;
}

/**
 * An environment from its variables.
 *
 * @example The options of a test are not those of its shell
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
 * The process's surroundings. Take {@link processIo} and replace what is to be another.
 *
 * @example Commands of another program's own
 * ```ts
 * import { main } from "@boot-sentinel/boot-sentinel/cli";
 *
 * const lines: string[] = [];
 * await main(["--version"], { io: { stdout: (text) => void lines.push(text) } });
 * ```
 */
export interface ProcessIo {
  /** The words of the command line. */
  readonly args: readonly string[];
  /** This executable's own path: what `service install` puts into a unit. */
  readonly self: string;
  /** The command that starts this program again. */
  readonly selfCommand: readonly [string, ...string[]];
  /** This process's id. */
  readonly pid: number;
  /** When this process began, milliseconds since the epoch. */
  readonly startedAt: number;
  /** The directory that relative paths start from. */
  readonly cwd: string;
  /** The environment; `BOOT_SENTINEL_*` in it are options. */
  readonly env: Environment;
  /** This machine's name. */
  readonly hostName: string;
  /** The runtime within, such as `bun 1.4.5`. */
  readonly runtime: string;
  /** The machine that this program is made for, such as `linux-x64`. */
  readonly target: string;
  /** True when standard output is a terminal that wants colours. */
  readonly colours: boolean;
  /** True when standard output is a terminal. */
  readonly terminal: boolean;
  /** Takes the answer of a command, all of it at once. */
  stdout(text: string): void;
  /** Takes messages, and help that nobody asked for. */
  stderr(text: string): void;
  /** Ends this process. */
  exit(code: number): void;
  /** Replaces this process; returns only when that failed, with the errno's name. */
  exec(program: Program, options: ExecOptions): string;
  /** The last arguments of this process, byte for byte. */
  lastArguments(count: number): readonly Uint8Array[];
  /** Does nothing for a while; `end`: it is time to stop waiting for good. */
  sleep(ms: number): "end" | void;
  /** The same without holding up what else this process does. */
  pause(ms: number): Promise<void>;
  /** A monotonic clock, milliseconds. */
  now(): number;
  /** Called when this process is asked to end, which then does not happen by itself. */
  onTermination(listener: () => void): void;

  /** When a process began, in the kernel's words; it stays the same when the process executes another program. */
  processStart(pid: number): string | undefined;
  /** The systemd unit of a process. */
  unitOf(pid: number): string | undefined;
  /** A process that is not our child; `undefined` when it has ended. `start`: see {@link ProcessIo.processStart}. */
  watchProcess(pid: number, start: string): Promise<WatchedProcess | undefined>;
  /**
   * Starts this program again, with these arguments, as nobody's child; resolves to why that failed, or `undefined`.
   *
   * @param options `ready`: come back only when it has called {@link ProcessIo.sayReady}.
   */
  spawnDetached(args: readonly string[], options: { readonly ready: boolean }): Promise<string | undefined>;
  /** Tells the process that started this one, and waits, that it may go on. */
  sayReady(): void;
  /** Runs a tool of the system to its end. */
  runTool(program: string, ...args: string[]): Promise<ToolEnd>;
  /** Asks systemd. */
  systemctl(...args: string[]): Promise<ToolEnd>;

  /** A GET without redirects. `anyCertificate`: a certificate that nobody vouches for will do. */
  httpGet(url: URL, timeoutMs: number, anyCertificate: boolean): Promise<HttpAnswer>;
  /** Connects and hangs up. */
  tcpConnect(host: string, port: number, timeoutMs: number): Promise<void>;
  /** Runs a command line by the shell; resolves to its exit code. It is killed with its children when it is late. */
  shell(command: string, timeoutMs: number): Promise<number>;
  /** Changes when the file is written, replaced or touched; `undefined` while there is none. */
  fileStamp(path: string): string | undefined;
}

/** Surroundings in which some things are others. What is not asked for is not looked up. */
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
  stderr: (text) => writeText(2, text),
  exit(code) {
    if (code >= 0 && code <= 255) process.exit(code);
    // Codes of Windows have 32 bits, of which the runtimes keep 8.
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
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, listener);
  },

  processStart: (pid) => processFacts(pid)?.start,
  unitOf,
  watchProcess: async (pid, start) => (await import("../linux/watched_process.ts")).watchProcess(pid, start),
  spawnDetached: async (args, options) => (await import("../linux/spawn_detached.ts")).spawnDetached(args, options),
  sayReady: () => writeText(1, "ready\n"),
  runTool: async (program, ...args) => await (await import("../tools/run_tool.ts")).runTool(program, ...args),
  systemctl: async (...args) => await (await import("../tools/systemctl.ts")).systemctl(...args),

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

/** A directory that was removed under us is no reason not to start the service. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/** Without foreign functions the runtime's own execve still starts the service, if less invisibly. */
function execByRuntime({ path, argv }: Program): string {
  try {
    process.execve?.(textOf(path), argv.map(textOf), process.env as Record<string, string>);
    return "ENOSYS";
  } catch (error) {
    return (error as { code?: string }).code ?? "EIO";
  }
}
