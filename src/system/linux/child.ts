/** A program as our child, for those who stay its parent. @module */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "../process/process.ts";
import { errnoName } from "../ffi/errno.ts";
import { errnoOf } from "../fs/fs_faults.ts";

/** A program to start. */
export interface ChildSpec {
  readonly path: string;
  /** From `argv[0]` on. */
  readonly argv: readonly string[];
}

/** A child that runs. */
export interface LinuxChild {
  readonly pid: number;
  /** Its exit code, or 128 and the signal's number. */
  readonly exited: Promise<number>;
  signal(name: string): boolean;
  /** Ends it and what is left of its group. */
  killGroup(): void;
}

/** True when we were started at a terminal: a child then stays in our process group, so that the keyboard reaches it. */
export function atTerminal(): boolean {
  return process.stdin.isTTY === true;
}

/**
 * Starts a child with our standard streams. In a process group of its own, so that all of it can be ended; at a
 * terminal in ours. Rejects with an error whose `code` is the errno's name.
 */
export function startChild({ path, argv }: ChildSpec): Promise<LinuxChild> {
  const detached = !atTerminal();
  return new Promise((resolve, reject) => {
    // The runtimes tell a failure as an event or throw it, and Deno leaves some without a code.
    const refuse = (error: Error) =>
      reject(Object.assign(error, { code: errnoOf(error) ?? codeInText(error.message) }));
    try {
      const child = spawn(path, argv.slice(1), { argv0: argv[0] ?? path, stdio: "inherit", detached });
      const { pid } = child;
      const exited = new Promise<number>((ended) => {
        child.on("exit", (code, signal) => ended(code ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0)));
        child.on("error", refuse);
      });
      if (pid === undefined) return;
      resolve({
        pid,
        exited,
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
