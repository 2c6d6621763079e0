/** Runs a command line by `cmd.exe`, with a timeout. @module */
import { win32 } from "node:path";
import { Job } from "./job.ts";
import { exitCodeOf, startLine, systemDirectory } from "./process.ts";
import { duplicateStandardHandles } from "./start_info.ts";
import { closeHandle, isInvalid, isSignalled, lastError, Struct, systemLibrary, wide, Win32Error } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  CreateFileW: [["ptr", "u32", "u32", "ptr", "u32", "u32", "u64"], "u64"],
});

const GENERIC_READ = 0x8000_0000;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;
/** The exit code of a killed program: the same as for SIGKILL on Linux (128 + 9). */
const KILLED = 137;

/** A command line to run. */
export interface CommandLine {
  readonly line: string;
  /** The file for its standard input; without one it is empty. */
  readonly input?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Runs a command line to its end; its output goes to standard error. At the timeout the command and all its descendants
 * are killed. If it ends in time, processes that it has started may go on.
 *
 * @returns Its exit code, or `late` after the timeout.
 * @throws {Win32Error} It could not be started.
 */
export function runLine({ line, input = "NUL", env, timeoutMs }: CommandLine): number | "late" {
  const shell = win32.join(systemDirectory(), "cmd.exe");
  const standard = duplicateStandardHandles();
  const reading = openToInherit(input);
  const job = new Job({ keepRunning: true });
  try {
    const errors = standard[2] ?? 0n;
    const shellLine = `"${shell}" /d /s /c "${line}"`;
    const { process } = startLine({
      exe: shell,
      application: shell,
      line: shellLine,
      handles: [reading, errors, errors],
      env,
    }, job);
    try {
      if (isSignalled(process, timeoutMs)) return exitCodeOf(process);
      job.terminate(KILLED);
      return "late";
    } finally {
      closeHandle(process);
    }
  } finally {
    job.close();
    [...standard, reading].forEach(closeHandle);
  }
}

function openToInherit(path: string): bigint {
  // struct SECURITY_ATTRIBUTES: nLength at offset 0, bInheritHandle at 16
  const inherit = new Struct(24).setU32(0, 24).setU32(16, 1);
  const handle = kernel().CreateFileW(wide(path), GENERIC_READ, SHARE_ALL, inherit.bytes, OPEN_EXISTING, 0, 0n);
  if (isInvalid(handle)) throw new Win32Error(`open ${path}`, lastError());
  return handle;
}
