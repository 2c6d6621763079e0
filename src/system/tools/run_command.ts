/** Runs a command of the operator to its end, with a timeout. @module */
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
  /** A command line for the shell (`sh`, on Windows `cmd`), or a program with its arguments. */
  readonly line: string | readonly [string, ...string[]];
  /** The content of its standard input. */
  readonly input?: string;
  /** Variables that are added to the environment of this process. */
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
 * Runs a command. Its output goes to standard error: standard output belongs to the service. It is not read through a
 * pipe, since a process that the command leaves running would keep the pipe open.
 */
export const runCommand: RunCommand = ({ line, input = "", env, timeoutMs }) => {
  const shell = typeof line === "string";
  const file = shell && input !== "" ? inputFile(input) : undefined;
  const fullEnv = { ...process.env, ...env };
  if (shell && !isPosix) {
    const end = inJob({ line, input: file, env: fullEnv as Record<string, string>, timeoutMs });
    if (file !== undefined) removeFile(file);
    return end;
  }
  const [program, ...args]: readonly string[] = shell ? shellCommand(line, file) : line;
  const piped = input !== "" && file === undefined;
  const end = spawnSync(program ?? "", args, {
    ...(piped ? { input } : {}),
    stdio: [piped ? "pipe" : "ignore", 2, 2],
    env: fullEnv,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    windowsHide: true,
    // A process group of its own, so that at the timeout its child processes are killed with it.
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

/** Kills the child processes of a command that was killed itself. Their process group still has the command's id. */
function killGroup(leader: number): void {
  if (!isPosix) return; // Windows: only boot-sentinel itself is run here, which starts no other process
  try {
    process.kill(-leader, "SIGKILL");
  } catch { /* it has no child processes */ }
}

function inJob(command: CommandLine): CommandEnd {
  try {
    const end = runLine(command);
    return end === "late" ? { kind: "late" } : { kind: "exited", code: end };
  } catch (error) {
    return { kind: "notStarted", why: messageOf(error) };
  }
}

/** A file for standard input. With a pipe that the command does not read, Deno would not report its exit code. */
function inputFile(input: string): string | undefined {
  const path = join(tmpdir(), `boot-sentinel-${crypto.randomUUID()}`);
  try {
    writeFileSync(path, input, { flag: "wx", mode: 0o600 });
    return path;
  } catch {
    return undefined; // the temporary directory is not writable: a pipe is used
  }
}

function shellCommand(line: string, input: string | undefined): string[] {
  if (input === undefined) return ["/bin/sh", "-c", line];
  return ["/bin/sh", "-c", 'exec <"$1"; exec /bin/sh -c "$2"', "sh", input, line];
}
