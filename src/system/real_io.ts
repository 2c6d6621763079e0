/** The process we run in, for the command line. @module */
import { writeSync } from "node:fs";
import process from "node:process";
import { become, type BecomeOptions } from "./become.ts";
import { FfiUnavailable } from "./ffi.ts";
import { rawCommandLine, rawEnvironment } from "./raw_process.ts";

/** A program to start, in bytes. */
interface Words {
  readonly path: Uint8Array;
  readonly argv: readonly Uint8Array[];
}

/** The surroundings of this process. */
export const realIo = {
  self: process.execPath,
  arguments: process.argv.slice(2),
  /** Ends this process. */
  exit: (code: number): void => process.exit(code),
  get cwd(): string {
    return currentDirectory();
  },
  env: process.env as Readonly<Record<string, string | undefined>>,
  startedAt: performance.timeOrigin,
  colours: process.stdout.isTTY === true && !process.env["NO_COLOR"],
  stdout: (text: string): void => write(1, text),
  stderr: (text: string): void => write(2, text),
  rawArguments: rawCommandLine,
  /** Replaces this process; returns only when that failed, with the errno's name. */
  become(program: Words, options: BecomeOptions = {}): string {
    const whole = { ...program, env: rawEnvironment() };
    try {
      return become(whole, options);
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      return becomePlainly(program);
    }
  },
};

/** Without foreign functions the runtime's own execve still starts the service, if less invisibly. */
function becomePlainly({ path, argv }: Words): string {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  try {
    process.execve?.(text(path), argv.map(text), process.env as Record<string, string>);
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

/** Synchronous and whole, so that nothing is lost when the process is replaced or exits. */
function write(fd: number, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      if ((error as { code?: string }).code === "EAGAIN") continue;
      return; // closed: nobody is listening
    }
  }
}
