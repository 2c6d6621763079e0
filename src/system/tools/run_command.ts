/** Runs a command of the operator to its end, with a deadline. @module */
import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "../process/process.ts";
import { messageOf } from "../../core/errors.ts";
import { isPosix, removeFile } from "../fs/files.ts";
import { type CommandLine, runLine } from "../windows/command.ts";

/** A command. */
export interface CommandSpec {
  /** A line for the shell (`sh`, on Windows `cmd`), or a program with its arguments. */
  readonly line: string | readonly [string, ...string[]];
  /** What it reads on its standard input. */
  readonly input?: string;
  /** Variables beside our own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** How a command ended. */
export type CommandEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "late" }
  | { readonly kind: "notStarted"; readonly why: string };

/** Runs a command; never throws. */
export type RunCommand = (spec: CommandSpec) => CommandEnd;

/**
 * Runs a command. All that it prints goes to standard error: standard output belongs to the service, and no pipe of
 * ours can keep us waiting for a process that outlives it.
 */
export const runCommand: RunCommand = ({ line, input = "", env, timeoutMs }) => {
  const shell = typeof line === "string";
  const file = shell && input !== "" ? inputFile(input) : undefined;
  const whole = { ...process.env, ...env };
  if (shell && !isPosix) {
    const end = inJob({ line, input: file, env: whole as Record<string, string>, timeoutMs });
    if (file !== undefined) removeFile(file);
    return end;
  }
  const [program, ...words]: readonly string[] = shell ? shellWords(line, file) : line;
  const piped = input !== "" && file === undefined;
  const end = spawnSync(program ?? "", words, {
    ...(piped ? { input } : {}),
    stdio: [piped ? "pipe" : "ignore", 2, 2],
    env: whole,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    windowsHide: true,
    // A group of its own, so that at the deadline all that it has started ends with it.
    detached: isPosix,
  } as SpawnSyncOptions);
  if (file !== undefined) removeFile(file);
  if (typeof end.status === "number") return { kind: "exited", code: end.status };
  const code = (end.error as { code?: string } | undefined)?.code;
  if (code === "ETIMEDOUT") {
    killGroup(end.pid);
    return { kind: "late" };
  }
  if (typeof end.signal === "string") return { kind: "exited", code: 128 };
  return { kind: "notStarted", why: code ?? end.error?.message ?? "unknown" };
};

/** The command itself is killed by then; its group bears its id for as long as anybody is in it. */
function killGroup(leader: number): void {
  if (!isPosix) return; // a program, never a line: it starts nothing
  try {
    process.kill(-leader, "SIGKILL");
  } catch { /* it was alone */ }
}

function inJob(command: CommandLine): CommandEnd {
  try {
    const end = runLine(command);
    return end === "late" ? { kind: "late" } : { kind: "exited", code: end };
  } catch (error) {
    return { kind: "notStarted", why: messageOf(error) };
  }
}

/** A file, because a command that does not read a pipe breaks it, and Deno then forgets how the command ended. */
function inputFile(input: string): string | undefined {
  const path = join(tmpdir(), `boot-sentinel-${crypto.randomUUID()}`);
  try {
    writeFileSync(path, input, { flag: "wx", mode: 0o600 });
    return path;
  } catch {
    return undefined; // nowhere to put it: a pipe has to do
  }
}

function shellWords(line: string, input: string | undefined): string[] {
  if (input === undefined) return ["/bin/sh", "-c", line];
  return ["/bin/sh", "-c", 'exec <"$1"; exec /bin/sh -c "$2"', "sh", input, line];
}
