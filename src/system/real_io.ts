/** The process we run in, for the command line. @module */
import process from "./process.ts";
import { become, type BecomeOptions } from "./become.ts";
import { os } from "./builtin.ts";
import { textOf } from "./bytes.ts";
import { sleep } from "./clock.ts";
import { FfiUnavailable } from "./ffi.ts";
import { runtimeName } from "./runtime.ts";
import { selfWords } from "./self_words.ts";
import type { StartIo } from "./start_io.ts";
import { isTerminal, writeText } from "./stdio.ts";
import type { UnitFiles } from "./unit_files.ts";
import type { WatchIo } from "./watch_io.ts";
import { lastWords } from "./raw_process.ts";

/** A program to start, in bytes. */
interface Words {
  readonly path: Uint8Array;
  readonly argv: readonly Uint8Array[];
}

/** The surroundings of this process. */
export const realIo = {
  self: process.execPath,
  get selfWords(): [string, ...string[]] {
    return selfWords();
  },
  get hostName(): string {
    return os().hostname();
  },
  get runtime(): string {
    return runtimeName();
  },
  target: `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`,
  arguments: process.argv.slice(2),
  /** Ends this process. */
  exit(code: number): void {
    if (code >= 0 && code <= 255) process.exit(code);
    // Codes of Windows have 32 bits, of which the runtimes keep 8.
    void import("./windows/process.ts").then(({ exitProcess }) => exitProcess(code));
  },
  get cwd(): string {
    return currentDirectory();
  },
  get env(): Readonly<Record<string, string | undefined>> {
    return process.env;
  },
  startedAt: performance.timeOrigin,
  get colours(): boolean {
    return !process.env["NO_COLOR"] && isTerminal(1);
  },
  get terminal(): boolean {
    return isTerminal(1);
  },
  stdout: (text: string): void => writeText(1, text),
  stderr: (text: string): void => writeText(2, text),
  lastWords,
  starting: async (): Promise<StartIo> => (await import("./start_io.ts")).machineStartIo,
  watching: async (): Promise<WatchIo> => (await import("./watch_io.ts")).machineWatchIo,
  unitFiles: async (): Promise<UnitFiles> => (await import("./unit_files.ts")).machineUnitFiles,
  sleep,
  /** Replaces this process; returns only when that failed, with the errno's name. */
  become(program: Words, options: BecomeOptions = {}): string {
    try {
      return become(program, options);
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      return becomePlainly(program);
    }
  },
};

/** Without foreign functions the runtime's own execve still starts the service, if less invisibly. */
function becomePlainly({ path, argv }: Words): string {
  try {
    process.execve?.(textOf(path), argv.map(textOf), process.env as Record<string, string>);
    return "ENOSYS";
  } catch (error) {
    return (error as { code?: string }).code ?? "EIO";
  }
}

/** A directory that was removed under us is no reason not to start the service. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}
