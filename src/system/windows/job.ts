/** A job object: a set of processes that lives and dies together. @module */
import { closeHandle, lastError, Struct, systemLibrary, Win32Error } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  CreateJobObjectW: [["u64", "u64"], "u64"],
  SetInformationJobObject: [["u64", "i32", "ptr", "u32"], "i32"],
  QueryInformationJobObject: [["u64", "i32", "ptr", "u32", "u64"], "i32"],
  AssignProcessToJobObject: [["u64", "u64"], "i32"],
  TerminateJobObject: [["u64", "u32"], "i32"],
});

/** How a job treats its processes. */
export interface JobOptions {
  /**
   * A process of the job may start one outside it (an updater that must outlive the service).
   * @default {false}
   */
  readonly breakaway?: boolean;
  /**
   * Its processes live on when this one ends or lets the job go.
   * @default {false}
   */
  readonly lasting?: boolean;
}

const KILL_ON_JOB_CLOSE = 0x2000;
const BREAKAWAY_OK = 0x800;
const BASIC_ACCOUNTING = 1;
const PROCESS_ID_LIST = 3;
const EXTENDED_LIMITS = 9;

/**
 * Processes that end with this one, unless they are to last: the system kills them when the job's last handle closes,
 * and that happens however this process ends.
 */
export class Job {
  readonly #handle: bigint;

  /** @throws {Win32Error} When the system makes no job. */
  constructor(options: JobOptions = {}) {
    this.#handle = kernel().CreateJobObjectW(0n, 0n);
    if (this.#handle === 0n) throw new Win32Error("make a job object", lastError(), "no program was started");
    // JOBOBJECT_EXTENDED_LIMIT_INFORMATION, LimitFlags at 16
    const limits = new Struct(144).setU32(
      16,
      (options.lasting === true ? 0 : KILL_ON_JOB_CLOSE) | (options.breakaway === true ? BREAKAWAY_OK : 0),
    );
    if (kernel().SetInformationJobObject(this.#handle, EXTENDED_LIMITS, limits.bytes, 144) === 0) {
      const code = lastError();
      this.close();
      throw new Win32Error("set a job object to end with its host", code, "no program was started");
    }
  }

  /** Takes a process in, with all that it will start. */
  assign(process: bigint): void {
    if (kernel().AssignProcessToJobObject(this.#handle, process) === 0) {
      throw new Win32Error("put the program into its job object", lastError());
    }
  }

  /** How many processes of the job are alive. */
  active(): number {
    const info = new Struct(48);
    if (kernel().QueryInformationJobObject(this.#handle, BASIC_ACCOUNTING, info.bytes, 48, 0n) === 0) {
      throw new Win32Error("count the processes of the job object", lastError());
    }
    return info.u32(40);
  }

  /** The ids of the living processes. They come from the job, never from parent ids, which Windows reuses. */
  processIds(): number[] {
    const room = 1024;
    const list = new Struct(8 + room * 8);
    // A longer list fails with MORE_DATA, but what fits is there.
    kernel().QueryInformationJobObject(this.#handle, PROCESS_ID_LIST, list.bytes, list.bytes.length, 0n);
    return Array.from({ length: Math.min(list.u32(4), room) }, (_, index) => Number(list.handle(8 + index * 8)));
  }

  /** Ends every process of the job at once, with this exit code. */
  terminate(exitCode: number): void {
    if (kernel().TerminateJobObject(this.#handle, exitCode) === 0) {
      throw new Win32Error("end the processes of the job object", lastError(), "some of them may still run");
    }
  }

  /** Lets the job go; what still runs in it is killed by the system. */
  close(): void {
    closeHandle(this.#handle);
  }
}
