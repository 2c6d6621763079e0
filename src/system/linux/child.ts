/** A program as our child, for those who stay its parent. @module */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { constants as osConstants } from "node:os";
import process from "../process/process.ts";
import { openLibc } from "../ffi/libc.ts";
import { processFacts } from "./process_facts.ts";

/** A program to start. */
export interface ChildSpec {
  readonly path: string;
  /** From `argv[0]` on. */
  readonly argv: readonly string[];
}

/** A child that runs. */
export interface PosixChild {
  readonly pid: number;
  /** Its exit code, or 128 and the signal's number. */
  readonly exited: Promise<number>;
  signal(name: string): boolean;
  /** Ends it and what is left of its group. */
  killGroup(): void;
}

/** A program that could not be started. */
export class NotStarted extends Error {
  override readonly name = "NotStarted";

  constructor(path: string, readonly exists: boolean) {
    super(`Cannot start ${path}: ${exists ? "the system cannot execute it" : "it does not exist"}`);
  }
}

/**
 * Starts a child with our standard streams. In a process group of its own, so that all of it can be ended; at a
 * terminal in ours, so that the keyboard reaches it.
 *
 * @throws {NotStarted}
 */
export function startChild({ path, argv }: ChildSpec): PosixChild {
  const detached = process.stdin.isTTY !== true;
  if (!canExecute(path)) throw new NotStarted(path, existsSync(path));
  const child = spawn(path, argv.slice(1), { argv0: argv[0] ?? path, stdio: "inherit", detached });
  const { pid } = child;
  if (pid === undefined) {
    child.on("error", () => {}); // told below, at once
    throw new NotStarted(path, existsSync(path));
  }
  const exited = new Promise<number>((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? 128 + (osConstants.signals[signal ?? "SIGKILL"] ?? 0)));
    child.on("error", () => resolve(126));
  });
  const send = (target: number, name: string) => {
    try {
      return process.kill(target, name as NodeJS.Signals);
    } catch {
      return false; // it has ended
    }
  };
  return {
    pid,
    exited,
    signal: (name) => send(pid, name),
    killGroup: () => void send(detached ? -pid : pid, "SIGKILL"),
  };
}

function canExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Calls `listener` for each of these signals, instead of what they do by default. Returns how to stop that. */
export function onSignals(names: readonly string[], listener: (name: string) => void): () => void {
  const handlers = names.map((name) => [name as NodeJS.Signals, () => listener(name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

/** Between two looks for the dead. */
const REAP_MS = 5000;

const symbols = { waitpid: [["i32", "u64", "i32"], "i32"] } as const;
const WNOHANG = 1;

/**
 * Buries orphans when this process is the first one of a container: nobody else would, and the table of processes
 * would fill up. Only those that were dead at two looks in a row: the runtime asks after its own children at once.
 */
export function reapOrphans(): () => void {
  if (process.pid !== 1) return () => {};
  let before = new Set<number>();
  const timer = setInterval(() => {
    const dead = readdirSync("/proc").map(Number).filter((pid) => {
      const facts = Number.isNaN(pid) ? undefined : processFacts(pid);
      return facts?.zombie === true && facts.parent === process.pid;
    });
    try {
      const { call } = openLibc(symbols);
      for (const pid of dead) if (before.has(pid)) call.waitpid(pid, 0n, WNOHANG);
    } catch { /* foreign functions are not permitted: the orphans stay */ }
    before = new Set(dead);
  }, REAP_MS);
  return () => clearInterval(timer);
}
