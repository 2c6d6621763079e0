/**
 * Starts a program in a job object and watches it until it ends.
 *
 * @module
 */
import { win32 } from "node:path";
import { type ConsoleEvent, sendBreak } from "./console.ts";
import { Job } from "./job.ts";
import { batchCommandLine, commandLine, isBatchFile } from "./quote.ts";
import { duplicateStandardHandles, environmentBlock } from "./start_info.ts";
import { closeHandle, isSignalled, lastError, Struct, systemLibrary, wide, Win32Error } from "./win32.ts";
import { closeWindowsOf } from "./window_close.ts";

const kernel = systemLibrary("kernel32.dll", {
  CreateProcessW: [
    ["ptr", "ptr", "u64", "u64", "i32", "u32", "ptr", "ptr", "ptr", "ptr"],
    "i32",
  ],
  ResumeThread: [["u64"], "u32"],
  TerminateProcess: [["u64", "u32"], "i32"],
  GetExitCodeProcess: [["u64", "ptr"], "i32"],
  GetSystemDirectoryW: [["ptr", "u32"], "u32"],
  ExitProcess: [["u32"], "void"],
});

const RESUME_FAILED = 0xffff_ffff;
const CREATE_SUSPENDED = 0x4;
const CREATE_NEW_PROCESS_GROUP = 0x200;
const CREATE_UNICODE_ENVIRONMENT = 0x400;
const USE_STD_HANDLES = 0x100;
/** Longer paths need the `\\?\` form. Shorter ones are passed unchanged, so that the program sees its usual path. */
const SHORT_PATH = 247;

/** A program to start. */
export interface ProgramSpec {
  /** The program's path, absolute or relative to the current directory. A `.cmd` or `.bat` file is run by `cmd.exe`. */
  readonly exe: string;
  /** The arguments. They are quoted so that the program gets them unchanged. */
  readonly args: readonly string[];
  /** The program's current directory. @default {that of this process} */
  readonly cwd?: string;
  /** The program's whole environment. @default {that of this process} */
  readonly env?: Readonly<Record<string, string>>;
  /** The program may start processes that outlive it. @default {false} */
  readonly breakaway?: boolean;
}

/** A program that was started in a job object. */
export interface JobProcess {
  readonly pid: number;
  /** Resolves to the exit code when the program itself has ended, even if its child processes are still running. */
  readonly exited: Promise<number>;
  /**
   * Sends Ctrl+Break (wine: Ctrl+C) as a stop request. Returns what was sent; `undefined` when nothing could be sent.
   */
  sendCtrlBreak(): ConsoleEvent | undefined;
  /** Closes the windows of the program and its descendants as a stop request. Returns the number of windows. */
  closeWindows(): number;
  /** The number of running processes in its tree, itself included. */
  alive(): number;
  /** Kills the process tree. */
  killTree(exitCode: number): void;
  /** Closes the handles, so that Windows kills what is left of the tree. Call it once, at the end. */
  close(): void;
}

/**
 * Starts a program in a job object that ends with this process. The program is started suspended, so that it is in the
 * job before its first instruction. It has a console process group of its own, and the standard handles and environment
 * of this process.
 *
 * @throws {Win32Error} Windows cannot start it; nothing was started.
 * @throws {CommandLineError} Its arguments cannot be passed.
 */
export function startInJob(spec: ProgramSpec): JobProcess {
  const { application, line } = invocation(spec);
  const job = new Job({ breakaway: spec.breakaway ?? false });
  const handles = duplicateStandardHandles();
  try {
    const { process, pid } = startLine({ ...spec, application, line, handles }, job);
    return watch(job, process, pid);
  } catch (error) {
    job.close();
    throw error;
  } finally {
    handles.forEach(closeHandle);
  }
}

/** The arguments of `CreateProcess`. */
export interface LineSpec extends Pick<ProgramSpec, "exe" | "cwd" | "env"> {
  readonly application: string;
  readonly line: string;
  /** Inheritable handles for standard input, output and error. */
  readonly handles: readonly bigint[];
}

/** Starts a command line in a job. The caller has to close the handle of the process. */
export function startLine(spec: LineSpec, job: Job): { process: bigint; pid: number } {
  const started = createSuspended(spec);
  try {
    job.assign(started.process);
    if (kernel().ResumeThread(started.thread) === RESUME_FAILED) {
      throw new Win32Error(`resume ${spec.exe}`, lastError(), "it was killed before its first instruction");
    }
  } catch (error) {
    kernel().TerminateProcess(started.process, 1);
    closeHandle(started.process);
    throw error;
  } finally {
    closeHandle(started.thread);
  }
  return started;
}

function invocation(spec: ProgramSpec): { application: string; line: string } {
  const exe = win32.resolve(spec.exe);
  if (isBatchFile(exe)) {
    const shell = win32.join(systemDirectory(), "cmd.exe");
    return { application: shell, line: batchCommandLine(shell, exe, spec.args) };
  }
  // CreateProcess accepts paths longer than MAX_PATH only in the \\?\ form.
  const application = exe.length > SHORT_PATH ? win32.toNamespacedPath(exe) : exe;
  return { application, line: commandLine(spec.exe, spec.args) };
}

function createSuspended({ exe, application, line, handles, env, cwd }: LineSpec) {
  // struct STARTUPINFOW: cb at offset 0, dwFlags at 60, the three handles from 80 on
  const startup = new Struct(104).setU32(0, 104).setU32(60, USE_STD_HANDLES);
  handles.forEach((handle, index) => startup.setHandle(80 + index * 8, handle));
  const created = new Struct(24);
  const flags = CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT;
  const ok = kernel().CreateProcessW(
    wide(application),
    wide(line),
    0n,
    0n,
    1,
    flags,
    env === undefined ? null : environmentBlock(env),
    cwd === undefined ? null : wide(cwd),
    startup.bytes,
    created.bytes,
  );
  if (ok === 0) throw new Win32Error(`start ${exe}`, lastError(), "nothing was started");
  return { process: created.handle(0), thread: created.handle(8), pid: created.u32(16) };
}

function watch(job: Job, process: bigint, pid: number): JobProcess {
  let closed = false;
  const exited = new Promise<number>((resolve, reject) => {
    const started = Date.now();
    // The process handle is polled. A wait on another thread would need a callback, which cannot be freed safely in
    // both runtimes. The end of an output pipe is no sign, since a descendant can keep the pipe open.
    const poll = () => {
      if (closed) return;
      try {
        if (isSignalled(process)) return resolve(exitCodeOf(process));
      } catch (error) {
        return reject(error);
      }
      setTimeout(poll, Date.now() - started < 3000 ? 20 : 100);
    };
    poll();
  });
  return {
    pid,
    exited,
    sendCtrlBreak: () => isSignalled(process) ? undefined : sendBreak(pid),
    closeWindows: () => closeWindowsOf(new Set(job.processIds())),
    alive: () => job.active(),
    killTree: (exitCode) => job.terminate(exitCode),
    close() {
      if (closed) return;
      closed = true;
      job.close();
      closeHandle(process);
    },
  };
}

/** The exit code of a process that has ended. */
export function exitCodeOf(process: bigint): number {
  const code = new Uint32Array(1);
  if (kernel().GetExitCodeProcess(process, code) === 0) {
    throw new Win32Error("read the program's exit code", lastError(), "the program has ended");
  }
  return code[0] ?? 0;
}

/**
 * Ends this process with an exit code of 32 bits (such as 0xC0000005), of which the runtimes pass on only 8. Does not
 * return.
 */
export function exitProcess(exitCode: number): void {
  kernel().ExitProcess(exitCode >>> 0);
}

/** The path of Windows' system directory, where cmd.exe is. */
export function systemDirectory(): string {
  const buffer = new Uint16Array(260);
  const length = kernel().GetSystemDirectoryW(buffer, buffer.length);
  return String.fromCharCode(...buffer.subarray(0, length));
}
