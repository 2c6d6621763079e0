/** A job object: a group of processes that can be killed together. @module */
import { closeHandle, lastError, Struct, systemLibrary, Win32Error } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  CreateJobObjectW: [["u64", "u64"], "u64"],
  SetInformationJobObject: [["u64", "i32", "ptr", "u32"], "i32"],
  QueryInformationJobObject: [["u64", "i32", "ptr", "u32", "u64"], "i32"],
  AssignProcessToJobObject: [["u64", "u64"], "i32"],
  TerminateJobObject: [["u64", "u32"], "i32"],
});

/** The options of a job. */
export interface JobOptions {
  /**
   * Processes of the job may start processes outside of it, such as an updater that must outlive the service.
   * @default {false}
   */
  readonly breakaway?: boolean;
  /**
   * The processes go on when the job is closed or this process ends.
   * @default {false}
   */
  readonly keepRunning?: boolean;
}

const KILL_ON_JOB_CLOSE = 0x2000;
const BREAKAWAY_OK = 0x800;
const BASIC_ACCOUNTING = 1;
const PROCESS_ID_LIST = 3;
const EXTENDED_LIMITS = 9;

/**
 * A job. Unless `keepRunning` is set, Windows kills its processes when the job's last handle is closed, which also
 * happens when this process crashes or is killed.
 */
export class Job {
  readonly #handle: bigint;

  /** @throws {Win32Error} The job cannot be created. */
  constructor(options: JobOptions = {}) {
    this.#handle = kernel().CreateJobObjectW(0n, 0n);
    if (this.#handle === 0n) throw new Win32Error("create a job object", lastError(), "no program was started");
    // struct JOBOBJECT_EXTENDED_LIMIT_INFORMATION: LimitFlags at offset 16
    const limits = new Struct(144).setU32(
      16,
      (options.keepRunning === true ? 0 : KILL_ON_JOB_CLOSE) | (options.breakaway === true ? BREAKAWAY_OK : 0),
    );
    if (kernel().SetInformationJobObject(this.#handle, EXTENDED_LIMITS, limits.bytes, 144) === 0) {
      const code = lastError();
      this.close();
      throw new Win32Error("set a job object to end with its host", code, "no program was started");
    }
  }

  /** Adds a process. Processes that it starts later belong to the job, too. */
  assign(process: bigint): void {
    if (kernel().AssignProcessToJobObject(this.#handle, process) === 0) {
      throw new Win32Error("put the program into its job object", lastError());
    }
  }

  /** The number of running processes of the job. */
  active(): number {
    const info = new Struct(48);
    if (kernel().QueryInformationJobObject(this.#handle, BASIC_ACCOUNTING, info.bytes, 48, 0n) === 0) {
      throw new Win32Error("count the processes of the job object", lastError());
    }
    return info.u32(40);
  }

  /** The ids of the running processes. They are the job's own, not found by parent ids, which Windows reuses. */
  processIds(): number[] {
    const capacity = 1024;
    const list = new Struct(8 + capacity * 8);
    // If there are more, the call fails with MORE_DATA, but the buffer contains the first ones.
    kernel().QueryInformationJobObject(this.#handle, PROCESS_ID_LIST, list.bytes, list.bytes.length, 0n);
    return Array.from({ length: Math.min(list.u32(4), capacity) }, (_, index) => Number(list.handle(8 + index * 8)));
  }

  /** Kills all processes of the job. They end with this exit code. */
  terminate(exitCode: number): void {
    if (kernel().TerminateJobObject(this.#handle, exitCode) === 0) {
      throw new Win32Error("end the processes of the job object", lastError(), "some of them may still run");
    }
  }

  /** Closes the job. Windows kills its remaining processes, unless `keepRunning` is set. */
  close(): void {
    closeHandle(this.#handle);
  }
}
