/**
 * Starts a program inside a job object and looks after it until it ends.
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
/** Paths up to here are passed as they are: the program sees its own path as it was given. */
const SHORT_PATH = 247;

/** A program to start. */
export interface ProgramSpec {
  /** Path of the program: absolute, or relative to the current directory. A `.cmd` or `.bat` is run by `cmd.exe`. */
  readonly exe: string;
  /** Its arguments; each arrives exactly as given. */
  readonly args: readonly string[];
  /** Where it starts. @default {the current directory} */
  readonly cwd?: string;
  /** Its whole environment. @default {this process's own, unchanged} */
  readonly env?: Readonly<Record<string, string>>;
  /** It may start processes that outlive it. @default {false} */
  readonly breakaway?: boolean;
}

/** A program that was started inside a job object. */
export interface JobProcess {
  readonly pid: number;
  /** Its exit code, as soon as the program itself has ended, whatever still holds its output or runs below it. */
  readonly exited: Promise<number>;
  /** Asks for the end with Ctrl+Break (wine: Ctrl+C). What was sent; `undefined` when nothing could be. */
  sendCtrlBreak(): ConsoleEvent | undefined;
  /** Asks for the end by closing the windows of the program and of what it started. How many there were. */
  closeWindows(): number;
  /** How many processes of its tree are alive, itself included. */
  alive(): number;
  /** Ends the whole tree at once. */
  killTree(exitCode: number): void;
  /** Gives the handles back; what still runs in the tree is killed by the system. Call it once, at the end. */
  close(): void;
}

/**
 * Starts a program suspended, puts it into a job object that ends with this process, and lets it go. It leads a
 * console process group of its own, and has this process's standard handles and environment.
 *
 * @throws {Win32Error} When Windows cannot start it; nothing runs then.
 * @throws {CommandLineError} When its arguments cannot be passed.
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

/** A command line as `CreateProcess` takes it. */
export interface LineSpec extends Pick<ProgramSpec, "exe" | "cwd" | "env"> {
  readonly application: string;
  readonly line: string;
  /** Standard input, output and error, each of which can be inherited. */
  readonly handles: readonly bigint[];
}

/** Starts a command line inside a job. The caller closes the handle of the process. */
export function startLine(spec: LineSpec, job: Job): { process: bigint; pid: number } {
  const started = createSuspended(spec);
  try {
    job.assign(started.process);
    if (kernel().ResumeThread(started.thread) === RESUME_FAILED) {
      throw new Win32Error(`let ${spec.exe} run`, lastError(), "it was ended before its first instruction");
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
  // Over MAX_PATH CreateProcess takes only the \\?\ form.
  const application = exe.length > SHORT_PATH ? win32.toNamespacedPath(exe) : exe;
  return { application, line: commandLine(spec.exe, spec.args) };
}

function createSuspended({ exe, application, line, handles, env, cwd }: LineSpec) {
  // STARTUPINFOW: cb, dwFlags, and the three handles
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
  if (ok === 0) throw new Win32Error(`start ${exe}`, lastError(), "no process was made");
  return { process: created.handle(0), thread: created.handle(8), pid: created.u32(16) };
}

function watch(job: Job, process: bigint, pid: number): JobProcess {
  let closed = false;
  const exited = new Promise<number>((resolve, reject) => {
    const started = Date.now();
    // Looked at by timer: a wait on another thread would call back into JavaScript through a callback that nobody can
    // free safely on both runtimes. The handle is watched, not a pipe: a grandchild may keep a pipe open.
    const look = () => {
      if (closed) return;
      try {
        if (isSignalled(process)) return resolve(exitCodeOf(process));
      } catch (error) {
        return reject(error);
      }
      setTimeout(look, Date.now() - started < 3000 ? 20 : 100);
    };
    look();
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
 * Ends this process with all 32 bits of an exit code (0xC0000005 and the like), of which the runtimes keep 8 or refuse
 * the rest. Nothing runs after it.
 */
export function exitProcess(exitCode: number): void {
  kernel().ExitProcess(exitCode >>> 0);
}

/** Where Windows has its own programs. */
export function systemDirectory(): string {
  const buffer = new Uint16Array(260);
  const length = kernel().GetSystemDirectoryW(buffer, buffer.length);
  return String.fromCharCode(...buffer.subarray(0, length));
}
