/** Starts a program as a child of this process, for `run --supervise`. @module */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "../process/process.ts";
import { errnoName } from "../ffi/errno.ts";
import { errnoOf } from "../fs/fs_faults.ts";

/** A program to start. */
export interface ChildSpec {
  readonly path: string;
  /** The arguments, from `argv[0]` on. */
  readonly argv: readonly string[];
}

/** A running child process. */
export interface LinuxChild {
  readonly pid: number;
  /** Resolves to its exit code, or 128 + n if signal n ended it. */
  readonly exited: Promise<number>;
  /** The signal that ended it, once it has ended. */
  endSignal(): string | undefined;
  signal(name: string): boolean;
  /** Kills it and what is left of its process group. */
  killGroup(): void;
}

/**
 * True when standard input is a terminal. A child then stays in the process group of this process: the terminal sends
 * Ctrl+C only to the foreground group.
 */
export function atTerminal(): boolean {
  return process.stdin.isTTY === true;
}

/**
 * Starts a child with the standard streams of this process. It gets a process group of its own, so that its child
 * processes can be killed with it, except at a terminal. Rejects with an error whose `code` is the name of the errno.
 */
export function startChild({ path, argv }: ChildSpec): Promise<LinuxChild> {
  const detached = !atTerminal();
  return new Promise((resolve, reject) => {
    // The runtimes report a failure by an event or by throwing, and some errors of Deno have no code.
    const refuse = (error: Error) =>
      reject(Object.assign(error, { code: errnoOf(error) ?? codeInText(error.message) }));
    try {
      const child = spawn(path, argv.slice(1), { argv0: argv[0] ?? path, stdio: "inherit", detached });
      const { pid } = child;
      let endSignal: string | undefined;
      const exited = new Promise<number>((ended) => {
        child.on("exit", (code, signal) => {
          endSignal = signal ?? undefined;
          ended(code ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0));
        });
        child.on("error", refuse);
      });
      if (pid === undefined) return;
      resolve({
        pid,
        exited,
        endSignal: () => endSignal,
        signal: (name) => send(pid, name),
        killGroup: () => void send(detached ? -pid : pid, "SIGKILL"),
      });
    } catch (error) {
      refuse(error as Error);
    }
  });
}

function send(target: number, name: string): boolean {
  try {
    return process.kill(target, name as NodeJS.Signals);
  } catch {
    return false; // it has ended
  }
}

function codeInText(message: string): string {
  const number = /\(os error (\d+)\)/.exec(message)?.[1];
  return number === undefined ? "EIO" : errnoName(Number(number));
}
